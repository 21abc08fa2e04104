/**
 * The horizontal pass of the antialiased resize: one row of RGB to another width.
 *
 * @module
 */
import { type Axis, PRECISION_BITS } from "./coefficients.ts";

/** Half a unit, so that the final shift rounds (Pillow: `ss0 = 1 << (PRECISION_BITS - 1)`). */
export const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Resizes one row (Pillow's `ImagingResampleHorizontal_8bpc`).
 *
 * This loop runs over every decoded pixel: 32-bit integers throughout, three channels at once.
 *
 * @param source RGB of the columns from `left` on
 * @param left column of the axis's input at which `source` starts
 * @param target takes `columns.outSize * 3` bytes; clamped, since rounded weights may sum to a little over one
 */
export function resizeRow(
  columns: Axis,
  source: Uint8Array | Uint8ClampedArray,
  left: number,
  target: Uint8ClampedArray,
): void {
  const { outSize, starts, counts, weights, taps } = columns;
  for (let x = 0, q = 0; x < outSize; x++, q += 3) {
    let p = (starts[x] - left) * 3;
    let k = x * taps;
    const end = k + counts[x];
    let r = HALF;
    let g = HALF;
    let b = HALF;
    for (; k < end; k++, p += 3) {
      const weight = weights[k];
      r = (r + Math.imul(source[p], weight)) | 0;
      g = (g + Math.imul(source[p + 1], weight)) | 0;
      b = (b + Math.imul(source[p + 2], weight)) | 0;
    }
    target[q] = r >> PRECISION_BITS;
    target[q + 1] = g >> PRECISION_BITS;
    target[q + 2] = b >> PRECISION_BITS;
  }
}
