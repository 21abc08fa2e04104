/**
 * Every step of Faster R-CNN against torchvision 0.29: `torchvision.json` holds small inputs and what its functions make of them
 * (`AnchorGenerator`, `BoxCoder`, `batched_nms`, `MultiScaleRoIAlign`, `RegionProposalNetwork.filter_proposals`,
 * `RoIHeads.postprocess_detections`), to seven digits.
 */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../../../src/runtime/engines/engine.ts";
import type { Size } from "../../../../src/runtime/preprocess/size.ts";
import { anchorGrid, anchorsAt, cellAnchors } from "../../../../src/runtime/tasks/detection/anchors.ts";
import { decodeBox, ROI_WEIGHTS, RPN_WEIGHTS } from "../../../../src/runtime/tasks/detection/box-coder.ts";
import { batchedNms } from "../../../../src/runtime/tasks/detection/nms.ts";
import { filterProposals } from "../../../../src/runtime/tasks/detection/proposals.ts";
import { assignLevels, featureLevels, roiAlign } from "../../../../src/runtime/tasks/detection/roi-align.ts";
import {
  type Candidates,
  collectCandidates,
  selectCandidates,
} from "../../../../src/runtime/tasks/detection/roi-heads.ts";
import torchvision from "./torchvision.json";

const floats = (values: readonly number[]) => Float32Array.from(values);
const tensor = ({ dims, data }: { dims: number[]; data: number[] }): Tensor => ({ dims, data: floats(data) });
const size = ([height, width]: number[]): Size => ({ height, width });

/** Equal within `tolerance` times the magnitude (at least 1): float32 has seven digits, and so do the fixtures. */
function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(expected[i]));
    expect(Math.abs(actual[i] - expected[i]), `value ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThan(
      allowed,
    );
  }
}

describe("anchors", () => {
  it("makes torchvision's anchors of a cell, halves rounded to even", () => {
    expect([...cellAnchors([32, 64, 128, 256, 512], [0.5, 1, 2])]).toEqual(torchvision.cell_default);
    expect([...cellAnchors([10, 33, 75.5], [0.3, 0.5, 1.7, 3])]).toEqual(torchvision.cell_odd);
  });

  it("lays them at whole strides", () => {
    const { input, features, sizes, ratios, anchors } = torchvision.grid;
    const cell = cellAnchors(sizes, ratios);
    const laid = features.flatMap((feature) => {
      const all = Uint32Array.from({ length: feature[0] * feature[1] * 6 }, (_, i) => i);
      return [...anchorsAt(anchorGrid(cell, size(feature), size(input)), all)];
    });
    expect(laid).toEqual(anchors);
  });
});

describe("box coder", () => {
  it.each([
    ["rpn", RPN_WEIGHTS, torchvision.coder.rpn],
    ["roi", ROI_WEIGHTS, torchvision.coder.roi],
  ] as const)("decodes with the weights of %s", (_, weights, expected) => {
    const boxes = floats(torchvision.coder.boxes);
    const offsets = floats(torchvision.coder.offsets);
    const decoded = new Float32Array(boxes.length);
    for (let i = 0; i < boxes.length; i += 4) decodeBox(decoded, i, boxes, i, offsets, i, weights);
    expectClose(decoded, expected);
  });
});

describe("non-maximum suppression", () => {
  it.each(torchvision.nms)(
    "keeps what batched_nms keeps at $threshold",
    ({ boxes, scores, groups, threshold, kept }) => {
      expect([...batchedNms(floats(boxes), floats(scores), groups, threshold)]).toEqual(kept);
    },
  );
});

describe("RoIAlign", () => {
  it("assigns levels by size", () => {
    const { strides, regions, levels } = torchvision.levels;
    const features = strides.map((stride) => ({
      dims: [1, 1, 1024 / stride, 1024 / stride],
      data: new Float32Array(0),
    }));
    const scaled = featureLevels(features, { height: 1024, width: 1024 });
    expect(scaled.map(({ scale }) => 1 / scale)).toEqual(strides);
    expect([...assignLevels(scaled, floats(regions))]).toEqual(levels);
  });

  it("cuts torchvision's patches, past the edges too", () => {
    const { input, features, regions, levels, patches } = torchvision.roi_align;
    const scaled = featureLevels(features.map(tensor), size(input));
    const levelOf = assignLevels(scaled, floats(regions));
    expect([...levelOf]).toEqual(levels);
    const cut = roiAlign(scaled, floats(regions), levelOf);
    expect(cut.dims).toEqual([regions.length / 4, 3, 7, 7]);
    expectClose(cut.data, patches);
  });
});

describe("proposals", () => {
  it.each(torchvision.rpn)("filters them as torchvision does: $knobs", (example) => {
    const cell = cellAnchors(example.sizes, [0.5, 1, 2]);
    const levels = example.levels.map(({ objectness, deltas }) => ({
      objectness: tensor(objectness),
      deltas: tensor(deltas),
      cell,
    }));
    const proposals = filterProposals(levels, size(example.input), size(example.picture), example.knobs);
    expectClose(proposals.boxes, example.boxes);
    expectClose(proposals.scores, example.scores);
  });
});

describe("box head", () => {
  it.each(torchvision.roi_heads)("selects what torchvision selects: $knobs", (example) => {
    const proposals = floats(example.proposals);
    const logits = floats(example.logits);
    const offsets = floats(example.offsets);
    const count = proposals.length / 4;
    const classes = logits.length / count;
    const candidates: Candidates = { boxes: [], scores: [], labels: [] };
    // In two blocks, as a long list of proposals comes.
    for (const [from, to] of [
      [0, 7],
      [7, count],
    ]) {
      collectCandidates(
        candidates,
        proposals.subarray(from * 4, to * 4),
        logits.subarray(from * classes, to * classes),
        offsets.subarray(from * classes * 4, to * classes * 4),
        size(example.picture),
        example.knobs.box_score_thresh,
      );
    }
    const selected = selectCandidates(candidates, example.knobs);
    expect([...selected.labels]).toEqual(example.labels);
    expectClose(selected.scores, example.scores);
    expectClose(selected.boxes, example.boxes);
  });
});
