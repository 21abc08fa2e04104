/**
 * Brings a component's samples to the pixels' grid (libjpeg: jdsample.c).
 *
 * @module
 */
import type { Plane } from "./planes.ts";

/**
 * Makes one row of a component at full width.
 *
 * @param y - the row of pixels
 * @param width - pixels a row
 * @param out - where they go; one more than `width`, as doubled samples are written in pairs
 */
export function upsampleRow(plane: Plane, y: number, width: number, out: Uint8ClampedArray): void {
  const { layout, samples } = plane;
  const { method } = layout;
  if (method === "h2v2 fancy")
    blendAndDouble(samples, nearRow(plane, y), farRow(plane, y), layout.width, out);
  else if (method === "h2v1 fancy") doubleSmoothly(samples, rowOffset(plane, y), layout.width, out);
  else if (method === "h2v1") double(samples, rowOffset(plane, y), width, out);
  else if (method === "h1v2 fancy") {
    blendRows(samples, nearRow(plane, y), farRow(plane, y), y & 1, layout.width, out);
  } else repeat(samples, rowOffset(plane, Math.floor(y / layout.expandY)), layout.expandX, width, out);
}

/** Offset of a row of samples. */
export function rowOffset(plane: Plane, row: number): number {
  return (row % plane.rows) * plane.stride;
}

/** Offset of the row of samples that a row of pixels lies in, where rows are doubled. */
function nearRow(plane: Plane, y: number): number {
  return rowOffset(plane, y >> 1);
}

/** Offset of the next nearest row: the one above for even rows of pixels, below for odd ones, as far as there is one. */
function farRow(plane: Plane, y: number): number {
  const row = (y >> 1) + ((y & 1) === 0 ? -1 : 1);
  return rowOffset(plane, Math.min(Math.max(row, 0), plane.layout.height - 1));
}

/** Every sample twice. */
function double(samples: Uint8ClampedArray, from: number, width: number, out: Uint8ClampedArray): void {
  for (let x = 0; x < width; x += 2, from++) {
    const value = samples[from];
    out[x] = value;
    out[x + 1] = value;
  }
}

/**
 * The triangle filter across: pixel centres lie at 1/4 and 3/4 between sample centres (`h2v1_fancy_upsample`). Halves are
 * rounded up and down in turn.
 */
function doubleSmoothly(
  samples: Uint8ClampedArray,
  from: number,
  count: number,
  out: Uint8ClampedArray,
): void {
  const end = from + count - 1;
  let before = samples[from];
  let here = before;
  let at = 0;
  for (; from < end; from++) {
    const after = samples[from + 1];
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
  count: number,
  out: Uint8ClampedArray,
): void {
  for (let x = 0; x < count; x++) out[x] = (samples[near + x] * 3 + samples[far + x] + 1 + odd) >> 2;
}

/** The triangle filter both ways (`h2v2_fancy_upsample`): 9/16, 3/16, 3/16, 1/16. */
function blendAndDouble(
  samples: Uint8ClampedArray,
  near: number,
  far: number,
  count: number,
  out: Uint8ClampedArray,
): void {
  let here = samples[near] * 3 + samples[far];
  let before = here;
  let at = 0;
  for (let x = 1; x < count; x++) {
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
  from: number,
  expand: number,
  width: number,
  out: Uint8ClampedArray,
): void {
  for (let x = 0; x < width; x++) out[x] = samples[from + Math.floor(x / expand)];
}
