/**
 * A detector's picture, resized and normalised row by row as a network asks for it. torchvision resizes it without rounding, so that as a whole it would
 * take 12 bytes a pixel.
 *
 * @module
 */
import type { RowTensor } from "../engines/engine.ts";
import type { Kept } from "./kept.ts";
import { interpolateAlong, mix } from "./plain.ts";
import type { Geometry } from "./plan.ts";
import { affineOf, type Normalization } from "./target.ts";

/** Makes the picture: resized, normalised, with zeros to the right and below (torchvision pads after the normalisation). */
export function makeRows(
  kept: Kept,
  { resized, input: { width, height } }: Geometry,
  normalization: Normalization,
): RowTensor {
  const { factors, offsets } = affineOf(normalization);
  const interpolate = kept.turned ? turnedRows(kept) : uprightRows(kept);
  return {
    width,
    height,
    row(y, into) {
      const end = y < resized.height ? 3 * resized.width : 0;
      if (end > 0) interpolate(y, into.subarray(0, end));
      for (let q = 0; q < end; q += 3) {
        into[q] = into[q] * factors[0] + offsets[0];
        into[q + 1] = into[q + 1] * factors[1] + offsets[1];
        into[q + 2] = into[q + 2] * factors[2] + offsets[2];
      }
      into.fill(0, end, 3 * width);
    },
  };
}

type Interpolate = (y: number, into: Float32Array) => void;

/** Lines are stored rows: along each of them first, as it was stored. The last two are remembered, for the next row may need them again. */
function uprightRows({ down, across, line }: Kept): Interpolate {
  const known = [0, 1].map(() => ({ line: -1, values: new Float32Array(3 * across.outSize) }));
  const interpolated = (i: number) => {
    // Lines that are mixed follow each other, or are the same.
    const slot = known[i % 2];
    if (slot.line !== i) interpolateAlong(across, line(i), slot.values);
    slot.line = i;
    return slot.values;
  };
  return (y, into) => mix(interpolated(down.first[y]), interpolated(down.second[y]), down.weight[y], into);
}

/** Lines are stored columns: between two of them first, which is along the stored rows. */
function turnedRows({ down, across, line }: Kept): Interpolate {
  const column = new Float32Array(line(0).length);
  return (y, into) => {
    mix(line(down.first[y]), line(down.second[y]), down.weight[y], column);
    interpolateAlong(across, column, into);
  };
}
