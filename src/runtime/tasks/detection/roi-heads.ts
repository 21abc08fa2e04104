/**
 * Objects from the box head's outputs: `RoIHeads.postprocess_detections` (torchvision/models/detection/roi_heads.py).
 *
 * @module
 */

import type { Size } from "../../preprocess/size.ts";
import { decodeBox, ROI_WEIGHTS } from "./box-coder.ts";
import { clipBoxes, gatherBoxes, isLargeEnough } from "./boxes.ts";
import { batchedNms } from "./nms.ts";
import type { ScoredBoxes } from "./types.ts";

/** Sides shorter than this, in pixels of the input, are dropped. */
const MIN_SIZE = 1e-2;

/** Knobs by torchvision's names, see `faster_rcnn` in the card. */
export interface RoiKnobs {
  readonly box_score_thresh: number;
  readonly box_nms_thresh: number;
  readonly box_detections_per_img: number;
}

/** Boxes of all classes over the score threshold, not yet freed from overlaps. */
export interface Candidates {
  readonly boxes: number[];
  readonly scores: number[];
  readonly labels: number[];
}

/**
 * Adds the candidates of one block of proposals: a proposal may be several, one for each class whose probability is over the threshold.
 *
 * Only those are decoded: of a thousand proposals times ninety classes, a few hundred.
 *
 * @param proposals `[N, 4]`, in pixels of the input
 * @param logits `[N, classes]`; class 0 is the background
 * @param offsets `[N, 4 * classes]`
 * @param picture boxes are clipped to it
 * @param classes classes that are asked for; all, when not given
 */
export function collectCandidates(
  into: Candidates,
  proposals: Float32Array,
  logits: Float32Array,
  offsets: Float32Array,
  picture: Size,
  scoreThreshold: number,
  classes?: ReadonlySet<number>,
): void {
  const count = proposals.length / 4;
  const classCount = count === 0 ? 0 : logits.length / count;
  const probabilities = new Float32Array(classCount);
  const box = new Float32Array(4);
  for (let n = 0; n < count; n++) {
    softmax(logits, n * classCount, probabilities);
    for (let label = 1; label < classCount; label++) {
      if (!(probabilities[label] > scoreThreshold)) continue;
      if (classes && !classes.has(label)) continue;
      decodeBox(box, 0, proposals, n * 4, offsets, (n * classCount + label) * 4, ROI_WEIGHTS);
      clipBoxes(box, picture);
      if (!isLargeEnough(box, 0, MIN_SIZE)) continue;
      into.boxes.push(box[0], box[1], box[2], box[3]);
      into.scores.push(probabilities[label]);
      into.labels.push(label);
    }
  }
}

/** The best candidates without overlaps within a class, at most `box_detections_per_img`. */
export function selectCandidates(candidates: Candidates, knobs: RoiKnobs): ScoredBoxes {
  const boxes = Float32Array.from(candidates.boxes);
  const scores = Float32Array.from(candidates.scores);
  const kept = batchedNms(boxes, scores, candidates.labels, knobs.box_nms_thresh).subarray(
    0,
    knobs.box_detections_per_img,
  );
  return {
    boxes: gatherBoxes(boxes, kept),
    scores: Float32Array.from(kept, (i) => scores[i]),
    labels: kept.map((i) => candidates.labels[i]),
  };
}

/** Softmax of the logits from `from` on, in float32, as torch computes it; the largest is taken off first, so that it cannot overflow. */
function softmax(logits: Float32Array, from: number, out: Float32Array): void {
  let largest = logits[from];
  for (let i = 1; i < out.length; i++) largest = Math.max(largest, logits[from + i]);
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.exp(Math.fround(logits[from + i] - largest));
    sum += out[i];
  }
  for (let i = 0; i < out.length; i++) out[i] /= Math.fround(sum);
}
