/** What a change costs: boxes where there are any, otherwise the noise in the outputs. */
import { describe, expect, test } from "vitest";
import type { Detection } from "../../../src/runtime/tasks/detection/types.ts";
import type { Answer } from "../../../tools/quantize/answer.ts";
import { costOf, type Trial } from "../../../tools/quantize/cost.ts";

const BOX: Detection = {
  label: "cat",
  index: 1,
  score: 0.8,
  box: { xmin: 10, ymin: 10, xmax: 30, ymax: 20 },
};

const outputs = (...data: number[]) => [{ y: { dims: [data.length], data: Float32Array.from(data) } }];
const found = (...detections: Detection[]): Trial => ({
  outputs: outputs(1),
  answers: [{ task: "detection", detections }],
});

describe("of a detector", () => {
  test("nothing for the same boxes, whatever else is found", () => {
    const other = { ...BOX, index: 2, score: 0.9 };
    expect(costOf(found(BOX), found(other, BOX))).toBe(0);
  });

  test("overlap and score, squared", () => {
    // Half of the box is left: an overlap of 0.5.
    const half = { ...BOX, score: 0.7, box: { ...BOX.box, xmax: 20 } };
    expect(costOf(found(BOX), found(half))).toBeCloseTo(0.5 ** 2 + 0.1 ** 2, 10);
  });

  test("all of it where no box has the label", () => {
    expect(costOf(found(BOX), found({ ...BOX, index: 2 }))).toBeCloseTo(1 + 0.8 ** 2, 10);
  });

  test("faint boxes do not count: where there are no others, the outputs do", () => {
    const faint = { ...BOX, score: 0.2 };
    const reference = { ...found(faint), outputs: outputs(3, 4) };
    expect(costOf(reference, { ...found(), outputs: outputs(3, 3) })).toBeCloseTo(1 / 25, 6);
  });
});

test("of a classifier: error over magnitude, in power, the mean over its outputs", () => {
  const answers: Answer[] = [{ task: "classification", index: 0 }];
  const trial = (y: number, z: number): Trial => ({
    answers,
    outputs: [{ ...outputs(y)[0], z: { dims: [1], data: Float32Array.of(z) } }],
  });
  expect(costOf(trial(2, 5), trial(1, 5))).toBeCloseTo(1 / 4 / 2, 6);
  expect(costOf(trial(2, 5), trial(2, 5))).toBe(0);
});
