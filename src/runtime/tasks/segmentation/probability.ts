/**
 * Foreground and background from one probability a pixel.
 *
 * @module
 */
import { EngineError, type Tensor } from "../../engines/engine.ts";
import type { Geometry } from "../../preprocess/plan.ts";
import { scoreTaps } from "./scores.ts";
import type { ClassMask } from "./types.ts";

/**
 * Resizes probabilities `[1, 1, h, w]` to the picture, row by row; class 1 where they are over `threshold`, 0 elsewhere.
 *
 * @throws {EngineError} when the probabilities have another shape
 */
export function maskOfProbability(probability: Tensor, geometry: Geometry, threshold: number): ClassMask {
  if (probability.dims[1] !== 1) {
    throw new EngineError(
      "unsupported_graph",
      `probabilities are [1, 1, h, w], not [${probability.dims.join(", ")}]`,
    );
  }
  const { width, height } = geometry.original;
  const { rows, columns } = scoreTaps(probability, geometry);
  const mixed = new Float64Array(probability.dims[3]);
  const classes = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    mixed.fill(0);
    for (let t = 0; t < rows.span; t++) {
      const share = rows.weight[y * rows.span + t];
      const from = (rows.first[y] + t) * mixed.length;
      for (let i = 0; i < mixed.length; i++) mixed[i] += share * probability.data[from + i];
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let t = 0; t < columns.span; t++) {
        sum += columns.weight[x * columns.span + t] * mixed[columns.first[x] + t];
      }
      classes[y * width + x] = sum > threshold ? 1 : 0;
    }
  }
  return { width, height, classes };
}
