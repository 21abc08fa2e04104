/**
 * Checks on a segmentation network's output.
 *
 * @module
 */
import { EngineError, type Tensor } from "../../engines/engine.ts";
import type { Geometry } from "../../preprocess/plan.ts";
import { resizeTaps, type Taps } from "./taps.ts";

/** A mask holds a class in a byte. */
const MOST_CLASSES = 256;

/** How scores come to the picture's rows and columns. */
export interface ScoreTaps {
  readonly rows: Taps;
  readonly columns: Taps;
}

/**
 * Checks that a tensor is `[1, classes, h, w]`, and prepares its resizing.
 *
 * @throws {EngineError} `unsupported_graph`
 */
export function scoreTaps({ dims, data }: Tensor, geometry: Geometry): ScoreTaps {
  const [batch, classes, height, width] = dims;
  if (dims.length !== 4 || batch !== 1 || data.length !== classes * height * width || data.length === 0) {
    throw new EngineError("unsupported_graph", `scores are [1, classes, h, w], not [${dims.join(", ")}]`);
  }
  if (classes > MOST_CLASSES) {
    throw new EngineError("unsupported_graph", `${classes} classes to segment, ${MOST_CLASSES} at most`);
  }
  const { original, resized, offset, input } = geometry;
  return {
    rows: resizeTaps(height, input.height, offset.y, resized.height, original.height),
    columns: resizeTaps(width, input.width, offset.x, resized.width, original.width),
  };
}
