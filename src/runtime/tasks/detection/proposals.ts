/**
 * Proposals from the region proposal network's outputs: `RegionProposalNetwork.filter_proposals`
 * (torchvision/models/detection/rpn.py).
 *
 * @module
 */
import type { Tensor } from "../../engines/engine.ts";
import type { Size } from "../../preprocess/size.ts";
import { anchorGrid, anchorsAt } from "./anchors.ts";
import { decodeBox, RPN_WEIGHTS } from "./box-coder.ts";
import { clipBoxes, gatherBoxes, isLargeEnough } from "./boxes.ts";
import { batchedNms } from "./nms.ts";
import { topK } from "./sort.ts";

/** Sides shorter than this, in pixels of the input, are dropped (`RegionProposalNetwork.min_size`). */
const MIN_SIZE = 1e-3;

/** What the network says of one feature level. */
export interface RpnLevel {
  /** Logits `[1, A, H, W]`: is there an object at this anchor? */
  readonly objectness: Tensor;
  /** Offsets `[1, 4 * A, H, W]`, four planes an anchor. */
  readonly deltas: Tensor;
  /** The level's anchors of one position, `[A, 4]`. */
  readonly cell: Float32Array;
}

/** Knobs by torchvision's names, see `faster_rcnn` in the card. */
export interface RpnKnobs {
  readonly rpn_pre_nms_top_n_test: number;
  readonly rpn_post_nms_top_n_test: number;
  readonly rpn_nms_thresh: number;
  readonly rpn_score_thresh: number;
}

/** Regions that may hold an object, best first, in pixels of the input. */
export interface Proposals {
  /** `[N, 4]` */
  readonly boxes: Float32Array;
  /** `[N]`, 0 to 1 */
  readonly scores: Float32Array;
}

/**
 * The best anchors of each level, moved by their offsets, clipped to the picture and freed from overlaps.
 *
 * Only the anchors that are among the best of their level are decoded: the result is the same, the work a tenth.
 *
 * @param input the network's input, padding included
 * @param picture the picture in it, without padding: boxes are clipped to it
 */
export function filterProposals(
  levels: readonly RpnLevel[],
  input: Size,
  picture: Size,
  knobs: RpnKnobs,
): Proposals {
  const most = levels.length * knobs.rpn_pre_nms_top_n_test;
  const boxes = new Float32Array(4 * most);
  const scores = new Float32Array(most);
  const groups = new Uint8Array(most);
  let count = 0;
  levels.forEach((level, number) => {
    const best = bestOfLevel(level, input, knobs.rpn_pre_nms_top_n_test);
    clipBoxes(best.boxes, picture);
    for (let i = 0; i < best.scores.length; i++) {
      if (!isLargeEnough(best.boxes, i * 4, MIN_SIZE)) continue;
      if (!(best.scores[i] >= knobs.rpn_score_thresh)) continue;
      for (let side = 0; side < 4; side++) boxes[4 * count + side] = best.boxes[4 * i + side];
      scores[count] = best.scores[i];
      groups[count++] = number;
    }
  });
  const kept = batchedNms(
    boxes.subarray(0, 4 * count),
    scores.subarray(0, count),
    groups,
    knobs.rpn_nms_thresh,
  ).subarray(0, knobs.rpn_post_nms_top_n_test);
  return { boxes: gatherBoxes(boxes, kept), scores: Float32Array.from(kept, (i) => scores[i]) };
}

/** The `n` anchors with the largest logits, decoded, with their probabilities. */
function bestOfLevel(level: RpnLevel, input: Size, n: number): Proposals {
  const [, anchorsPerPosition, height, width] = level.objectness.dims;
  const area = height * width;
  const logits = positionMajor(level.objectness.data, anchorsPerPosition, area);
  const best = topK(logits, n);
  const anchors = anchorsAt(anchorGrid(level.cell, { height, width }, input), best);
  const boxes = new Float32Array(anchors.length);
  const offsets = new Float32Array(4);
  for (let i = 0; i < best.length; i++) {
    const position = Math.floor(best[i] / anchorsPerPosition);
    const anchor = best[i] % anchorsPerPosition;
    for (let k = 0; k < 4; k++) offsets[k] = level.deltas.data[(anchor * 4 + k) * area + position];
    decodeBox(boxes, i * 4, anchors, i * 4, offsets, 0, RPN_WEIGHTS);
  }
  const scores = new Float32Array(best.length);
  for (let i = 0; i < best.length; i++) scores[i] = sigmoid(logits[best[i]]);
  return { boxes, scores };
}

/** `[planes, area]` to `[area, planes]`: the order in which anchors are numbered (`permute_and_flatten`). */
function positionMajor(data: Float32Array, planes: number, area: number): Float32Array {
  const out = new Float32Array(planes * area);
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < area; i++) out[i * planes + plane] = data[plane * area + i];
  }
  return out;
}

/**
 * In float32 at every step: from a logit of 16.6 on it is exactly 1, and which proposals tie decides what suppression keeps.
 */
function sigmoid(logit: number): number {
  return Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-logit))));
}
