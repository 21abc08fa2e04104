import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Session, Tensor } from "../../../../src/runtime/engines/engine.ts";
import type { Geometry } from "../../../../src/runtime/preprocess/plan.ts";
import { maskOfScores } from "../../../../src/runtime/tasks/segmentation/class-scores.ts";
import { maskOfProbability } from "../../../../src/runtime/tasks/segmentation/probability.ts";
import { segment } from "../../../../src/runtime/tasks/segmentation/segment.ts";
import { segmentsOf } from "../../../../src/runtime/tasks/segmentation/segments.ts";
import { resizeTaps } from "../../../../src/runtime/tasks/segmentation/taps.ts";
import torch from "./torch.json";

/** A picture that fills the input. */
const filling = ([inputHeight, inputWidth]: number[], [height, width]: number[]): Geometry => {
  const input = { width: inputWidth, height: inputHeight };
  return {
    orientation: 1,
    original: { width, height },
    resized: input,
    offset: { x: 0, y: 0 },
    input,
    capped: false,
  };
};

const tensor = (dims: number[], data: ArrayLike<number>): Tensor => ({ dims, data: Float32Array.from(data) });

/** The definition: every plane at the picture's size, then the largest. */
function maskByDefinition(scores: Tensor, geometry: Geometry): number[] {
  const [, classes, h, w] = scores.dims;
  const { input, resized, original } = geometry;
  const rows = resizeTaps(h, input.height, 0, resized.height, original.height);
  const columns = resizeTaps(w, input.width, 0, resized.width, original.width);
  const mask: number[] = [];
  for (let y = 0; y < original.height; y++) {
    for (let x = 0; x < original.width; x++) {
      const values = Array.from({ length: classes }, (_, c) => {
        const line = Array.from({ length: columns.span }, (_, s) => {
          let sum = 0;
          for (let t = 0; t < rows.span; t++) {
            const at = (c * h + rows.first[y] + t) * w + columns.first[x] + s;
            sum += rows.weight[y * rows.span + t] * scores.data[at];
          }
          return sum;
        });
        return line.reduce((sum, value, s) => sum + columns.weight[x * columns.span + s] * value, 0);
      });
      mask.push(values.indexOf(Math.max(...values)));
    }
  }
  return mask;
}

describe("maskOfScores", () => {
  // torch 2.15: two F.interpolate(mode="bilinear", align_corners=False), then argmax.
  it.each(torch)(
    "equals torch's interpolate and argmax: $scores.dims to $image",
    ({ scores, input, image, mask }) => {
      const { classes } = maskOfScores(tensor(scores.dims, scores.data), filling(input, image));
      expect([...classes].join("")).toBe(mask);
    },
  );

  it("equals its definition on scores that tie and cross", () => {
    const sides = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }));
    const sizes = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }));
    fc.assert(
      fc.property(
        sides,
        sizes,
        sizes,
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.integer({ min: -8, max: 8 })),
        ([h, w], input, image, classes, values) => {
          const data = Array.from({ length: classes * h * w }, () => values.next().value as number);
          const scores = tensor([1, classes, h, w], data);
          const geometry = filling([Math.max(input[0], h), Math.max(input[1], w)], image);
          expect([...maskOfScores(scores, geometry).classes]).toEqual(maskByDefinition(scores, geometry));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("leaves the input's padding out", () => {
    // The right half is padding, where class 1 leads.
    const scores = tensor([1, 2, 1, 4], [1, 1, 0, 0, 0, 0, 9, 9]);
    const geometry = { ...filling([8, 16], [8, 20]), resized: { width: 4, height: 8 } };
    expect(maskOfScores(scores, geometry).classes.every((c) => c === 0)).toBe(true);
  });

  it("finds the picture where it lies in the input", () => {
    const scores = tensor([1, 2, 1, 4], [1, 0, 0, 1, 0, 1, 1, 0]);
    const padded = { ...filling([1, 4], [1, 2]), resized: { width: 2, height: 1 }, offset: { x: 1, y: 0 } };
    expect([...maskOfScores(scores, padded).classes]).toEqual([1, 1]);
    const cropped = { ...filling([1, 4], [1, 8]), resized: { width: 8, height: 1 }, offset: { x: -2, y: 0 } };
    expect([...maskOfScores(scores, cropped).classes]).toEqual([0, 0, 0, 1, 1, 0, 0, 0]);
  });

  it("takes slivers and single pixels", () => {
    const scores = tensor([1, 3, 2, 2], [0, 0, 0, 0, 1, 2, 3, 4, 2, 2, 2, 2]);
    for (const image of [
      [1, 1],
      [1, 4000],
      [4000, 1],
    ]) {
      const { classes } = maskOfScores(scores, filling([16, 16], image));
      expect(classes.length).toBe(image[0] * image[1]);
      expect(classes.every((c) => c === 1 || c === 2)).toBe(true);
    }
  });

  it("takes 12 megapixels of 21 classes", () => {
    // Class c leads in column c of the scores, so the mask is 21 upright stripes.
    const data = Float32Array.from({ length: 21 * 16 * 21 }, (_, i) => {
      const [c, x] = [Math.floor(i / (16 * 21)), i % 21];
      return -Math.abs(c - x);
    });
    const scores = tensor([1, 21, 16, 21], data);
    const { classes } = maskOfScores(scores, filling([512, 672], [3000, 4000]));
    for (const y of [0, 1499, 2999]) {
      for (let c = 0; c < 21; c++) {
        expect(classes[y * 4000 + Math.floor(((c + 0.5) * 4000) / 21)]).toBe(c);
      }
    }
  });

  it("names the first class where nothing is known", () => {
    const scores = tensor([1, 3, 2, 2], new Float32Array(12).fill(Number.NaN));
    expect([...maskOfScores(scores, filling([4, 4], [2, 2])).classes]).toEqual([0, 0, 0, 0]);
  });

  it("refuses other shapes", () => {
    const geometry = filling([4, 4], [4, 4]);
    expect(() => maskOfScores(tensor([2, 1, 1, 1], [0, 0]), geometry)).toThrow("[2, 1, 1, 1]");
    expect(() => maskOfScores(tensor([1, 300, 1, 1], new Float32Array(300)), geometry)).toThrow(
      "300 classes",
    );
  });
});

describe("maskOfProbability", () => {
  it("is class 1 over the threshold", () => {
    const { classes } = maskOfProbability(tensor([1, 1, 1, 2], [0, 1]), filling([1, 2], [1, 8]), 0.5);
    expect([...classes]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it("refuses several planes", () => {
    expect(() => maskOfProbability(tensor([1, 2, 1, 1], [0, 1]), filling([1, 1], [1, 1]), 0.5)).toThrow(
      "[1, 2, 1, 1]",
    );
  });
});

describe("segment", () => {
  const sessionOf = (output: Tensor): Session => ({
    engine: "kernels",
    inputs: [{ name: "image", dims: [1, 3, null, null] }],
    outputs: [{ name: "scores", dims: [1, null, null, null] }],
    run: async () => ({ scores: output }),
    close: async () => {},
  });
  const input = tensor([1, 3, 1, 1], [0, 0, 0]);

  it("reads the output as the card says", async () => {
    const scores = tensor([1, 2, 1, 2], [1, 0, 0, 1]);
    const model = sessionOf(scores);
    const mask = await segment(
      { output: { kind: "class_scores" }, sessions: { model } },
      input,
      filling([1, 2], [1, 2]),
    );
    expect([...mask.classes]).toEqual([0, 1]);
    const person = await segment(
      {
        output: { kind: "probability", threshold: 0.5 },
        sessions: { model: sessionOf(tensor([1, 1, 1, 2], [0.9, 0.1])) },
      },
      input,
      filling([1, 2], [1, 2]),
    );
    expect([...person.classes]).toEqual([1, 0]);
  });

  it("refuses a detector's card", async () => {
    const model = sessionOf(input);
    await expect(
      segment({ output: { kind: "boxes" }, sessions: { model } }, input, filling([1, 1], [1, 1])),
    ).rejects.toThrow("'boxes'");
  });
});

describe("segmentsOf", () => {
  it("counts to one, and boxes hold every pixel", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.infiniteStream(fc.nat(3)),
        (width, height, values) => {
          const classes = Uint8Array.from({ length: width * height }, () => values.next().value as number);
          const segments = segmentsOf({ width, height, classes }, ["a", "b"]);
          expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
          for (const { index, label, share, box } of segments) {
            expect(label).toBe(["a", "b", "2", "3"][index]);
            const at = [...classes.keys()].filter((i) => classes[i] === index);
            expect(share).toBeCloseTo(at.length / classes.length);
            const xs = at.map((i) => i % width);
            const ys = at.map((i) => Math.floor(i / width));
            expect(box).toEqual({
              xmin: Math.min(...xs),
              ymin: Math.min(...ys),
              xmax: Math.max(...xs) + 1,
              ymax: Math.max(...ys) + 1,
            });
          }
        },
      ),
    );
  });
});
