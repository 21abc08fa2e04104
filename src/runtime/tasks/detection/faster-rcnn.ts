/**
 * torchvision's Faster R-CNN around its two graphs: backbone, feature pyramid and region proposal network in one, the box head in the
 * other. Everything between is here, the same for every engine.
 *
 * @module
 */
import type { Output } from "../../card.ts";
import type { Outputs, PictureTensor, Session, Tensor } from "../../engines/engine.ts";
import { EngineError } from "../../engines/engine.ts";
import type { Geometry } from "../../preprocess/plan.ts";
import type { Size } from "../../preprocess/size.ts";
import { release } from "../../release.ts";
import { readOutputs } from "../read-outputs.ts";
import { cellAnchors } from "./anchors.ts";
import { filterProposals } from "./proposals.ts";
import { assignLevels, BINS, type FeatureLevel, featureLevels, roiAlign, SAMPLES } from "./roi-align.ts";
import { type Candidates, collectCandidates, selectCandidates } from "./roi-heads.ts";
import type { ScoredBoxes } from "./types.ts";

/** torchvision's knobs: the card's `faster_rcnn` output, any of which a request may set. */
export type FasterRcnnKnobs = Omit<Extract<Output, { kind: "faster_rcnn" }>, "kind">;

/** The two graphs. Regions are cut out between them, by the box head's engine where it can (`Session.cutsRegions`). */
export interface FasterRcnnSessions {
  /** `[1, 3, H, W]` → `feature_0…`, `objectness_0…`, `deltas_0…`: the levels that regions are cut from, and all levels' proposals. */
  readonly rpn: Session;
  /** `[N, C, 7, 7]` → `class_logits` `[N, classes]`, `box_regression` `[N, 4 * classes]`. */
  readonly box_head: Session;
}

/** Proposals that go through the box head at once: 256 channels of 7 × 7 features take 6.4 MB for 128. */
const BLOCK = 128;

/**
 * Runs the detector on a prepared picture.
 *
 * @param classes class indices that are asked for; others do not count against `box_detections_per_img`
 * @returns boxes in pixels of the resized picture
 */
export async function runFasterRcnn(
  sessions: FasterRcnnSessions,
  input: PictureTensor,
  geometry: Geometry,
  knobs: FasterRcnnKnobs,
  classes?: ReadonlySet<number>,
): Promise<ScoredBoxes> {
  const { input: padded, resized: picture } = geometry;
  const { rpn, box_head } = sessions;
  const candidates = await readOutputs(rpn, { [rpn.inputs[0].name]: input }, (outputs) => {
    const proposals = proposalsOf(outputs, padded, picture, knobs);
    // The box head's outputs come beside the feature maps alone.
    for (const name of ["objectness", "deltas"]) release(...numbered(outputs, name).map(({ data }) => data));
    const levels = featureLevels(numbered(outputs, "feature"), padded);
    return findCandidates(box_head, levels, proposals, picture, knobs, classes);
  });
  return selectCandidates(candidates, knobs);
}

/** What the box head makes of the proposals. */
async function findCandidates(
  head: Session,
  levels: readonly FeatureLevel[],
  proposals: Float32Array,
  picture: Size,
  { box_score_thresh: threshold }: FasterRcnnKnobs,
  classes: ReadonlySet<number> | undefined,
): Promise<Candidates> {
  const candidates: Candidates = { boxes: [], scores: [], labels: [] };
  const { cutsRegions } = head;
  // An engine that cuts regions itself makes its own blocks.
  const step = cutsRegions ? proposals.length : BLOCK * 4;
  for (let start = 0; start < proposals.length; start += step) {
    const block = proposals.subarray(start, start + step);
    const levelOf = assignLevels(levels, block);
    const patches = cutsRegions
      ? { levels, regions: block, levelOf, size: BINS, sampling: SAMPLES }
      : roiAlign(levels, block, levelOf);
    await readOutputs(head, { [head.inputs[0].name]: patches }, (outputs) => {
      const { class_logits: logits, box_regression: offsets } = outputs;
      if (!logits || !offsets) throw missing("box_head", "class_logits and box_regression", outputs);
      collectCandidates(candidates, block, logits.data, offsets.data, picture, threshold, classes);
    });
  }
  return candidates;
}

/** Boxes `[N, 4]` of the regions that the first graph proposes. */
function proposalsOf(outputs: Outputs, padded: Size, picture: Size, knobs: FasterRcnnKnobs): Float32Array {
  const objectness = numbered(outputs, "objectness");
  const deltas = numbered(outputs, "deltas");
  if (objectness.length !== knobs.anchor_sizes.length || deltas.length !== objectness.length) {
    throw new EngineError(
      "unsupported_graph",
      `anchor_sizes has ${knobs.anchor_sizes.length} levels, the graph ${objectness.length} of objectness and ${deltas.length} of deltas`,
    );
  }
  const levels = objectness.map((tensor, i) => ({
    objectness: tensor,
    deltas: deltas[i],
    cell: cellAnchors(knobs.anchor_sizes[i], knobs.aspect_ratios),
  }));
  for (const { objectness: tensor, cell } of levels) {
    if (tensor.dims[1] !== cell.length / 4) {
      throw new EngineError(
        "unsupported_graph",
        `anchor_sizes and aspect_ratios make ${cell.length / 4} anchors a position, the graph has ${tensor.dims[1]}`,
      );
    }
  }
  return filterProposals(levels, padded, picture, knobs).boxes;
}

/** Outputs `<name>_0`, `<name>_1`, … in their order. */
function numbered(outputs: Outputs, name: string): Tensor[] {
  const tensors: Tensor[] = [];
  for (let i = 0; outputs[`${name}_${i}`]; i++) tensors.push(outputs[`${name}_${i}`]);
  if (tensors.length === 0) throw missing("rpn", `${name}_0, ${name}_1, …`, outputs);
  return tensors;
}

function missing(graph: string, wanted: string, outputs: Outputs): EngineError {
  return new EngineError(
    "unsupported_graph",
    `the ${graph} graph must give ${wanted}; it gives ${Object.keys(outputs).join(", ")}`,
  );
}
