/**
 * Brings a component's samples to the pixels' grid (libjpeg: jdsample.c).
 *
 * @module
 */
import { type Crop, samplesOf } from "./crop.ts";
import type { Plane } from "./planes.ts";

/**
 * Makes one row of a component at full width, as far as it lies in the crop.
 *
 * Filters begin and end with the crop's samples as if they were the picture's; the pixel at either end that this makes wrong is
 * none that was asked for.
 *
 * @param y - the row of pixels
 * @param out - where it goes; one more than the pixels of a row, as doubled samples are written in pairs
 */
export function upsampleRow(plane: Plane, y: number, crop: Crop, out: Uint8ClampedArray): void {
  const { layout, samples } = plane;
  const { method } = layout;
  const { from, to } = samplesOf(crop, layout);
  if (method === "h2v2 fancy") blendAndDouble(samples, nearRow(plane, y), farRow(plane, y), from, to, out);
  else if (method === "h2v1 fancy") doubleSmoothly(samples, rowOffset(plane, y), from, to, out);
  else if (method === "h2v1") double(samples, rowOffset(plane, y), from, to, out);
  else if (method === "h1v2 fancy") {
    blendRows(samples, nearRow(plane, y), farRow(plane, y), y & 1, from, to, out);
  } else {
    const { left, right } = crop.region;
    const { expandX, expandY } = layout;
    repeat(samples, rowOffset(plane, Math.floor(y / expandY)), expandX, left, right, out);
  }
}

/** Offset of a row of samples. */
export function rowOffset(plane: Plane, row: number): number {
  return (row % plane.rows) * plane.stride;
}

/** Offset of the row of samples that a row of pixels lies in, where rows are doubled. */
export function nearRow(plane: Plane, y: number): number {
  return rowOffset(plane, y >> 1);
}

/** Offset of the next nearest row: the one above for even rows of pixels, below for odd ones, as far as there is one. */
export function farRow(plane: Plane, y: number): number {
  const row = (y >> 1) + ((y & 1) === 0 ? -1 : 1);
  return rowOffset(plane, Math.min(Math.max(row, 0), plane.layout.height - 1));
}

/** Every sample twice. */
function double(
  samples: Uint8ClampedArray,
  row: number,
  from: number,
  to: number,
  out: Uint8ClampedArray,
): void {
  for (let x = from; x < to; x++) {
    const value = samples[row + x];
    out[2 * x] = value;
    out[2 * x + 1] = value;
  }
}

/**
 * The triangle filter across: pixel centres lie at 1/4 and 3/4 between sample centres (`h2v1_fancy_upsample`). Halves are
 * rounded up and down in turn.
 */
function doubleSmoothly(
  samples: Uint8ClampedArray,
  row: number,
  from: number,
  to: number,
  out: Uint8ClampedArray,
): void {
  let here = samples[row + from];
  let before = here;
  let at = 2 * from;
  for (let x = from + 1; x < to; x++) {
    const after = samples[row + x];
    out[at] = (here * 3 + before + 1) >> 2;
    out[at + 1] = (here * 3 + after + 2) >> 2;
    before = here;
    here = after;
    at += 2;
  }
  out[at] = (here * 3 + before + 1) >> 2;
  out[at + 1] = here;
}

/** The triangle filter down (`h1v2_fancy_upsample`). */
function blendRows(
  samples: Uint8ClampedArray,
  near: number,
  far: number,
  odd: number,
  from: number,
  to: number,
  out: Uint8ClampedArray,
): void {
  for (let x = from; x < to; x++) out[x] = (samples[near + x] * 3 + samples[far + x] + 1 + odd) >> 2;
}

/** The triangle filter both ways (`h2v2_fancy_upsample`): 9/16, 3/16, 3/16, 1/16. */
function blendAndDouble(
  samples: Uint8ClampedArray,
  near: number,
  far: number,
  from: number,
  to: number,
  out: Uint8ClampedArray,
): void {
  let here = samples[near + from] * 3 + samples[far + from];
  let before = here;
  let at = 2 * from;
  for (let x = from + 1; x < to; x++) {
    const after = samples[near + x] * 3 + samples[far + x];
    out[at] = (here * 3 + before + 8) >> 4;
    out[at + 1] = (here * 3 + after + 7) >> 4;
    before = here;
    here = after;
    at += 2;
  }
  out[at] = (here * 3 + before + 8) >> 4;
  out[at + 1] = (here * 4 + 7) >> 4;
}

/** Every sample as often as its size asks; for sizes that are not whole, the sample in which a pixel's corner lies. */
function repeat(
  samples: Uint8ClampedArray,
  row: number,
  expand: number,
  left: number,
  right: number,
  out: Uint8ClampedArray,
): void {
  for (let x = left; x < right; x++) out[x] = samples[row + Math.floor(x / expand)];
}
