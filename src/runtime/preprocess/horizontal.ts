/**
 * The horizontal pass of the antialiased resize: one row of RGB to another width.
 *
 * @module
 */
import { type Axis, mostTaps, PRECISION_BITS } from "./coefficients.ts";

/**
 * Half a unit, so that the final shift rounds (Pillow: `ss0 = 1 << (PRECISION_BITS - 1)`).
 *
 * What comes out needs no clamping: no weight is negative, and for 255 to become 256 what is lost in rounding them would have to
 * sum to 2^21 / 255 = 8,224 units. The worst are 5,792 taps, which are multiples of half a unit, with 1,448.
 */
export const HALF = 1 << (PRECISION_BITS - 1);

/** An axis whose output positions all have as many taps. */
interface EvenAxis {
  readonly taps: number;
  /** First input position of each output position, counted from that of the source. */
  readonly starts: Int32Array;
  /** `taps` weights for each output position. */
  readonly weights: Int32Array;
}

/** Resizes a row. `target` takes `outSize * 3` bytes. */
export type ResizeRow = (source: Uint8Array, target: Uint8Array) => void;

/**
 * Makes the pass for an axis (Pillow's `ImagingResampleHorizontal_8bpc`).
 *
 * Its loop runs over every decoded pixel: 32-bit integers throughout, three channels at once, and for the usual filters without a
 * loop over the taps.
 *
 * @param left column of the axis's input at which rows start, `right` the one before which they end: no taps lie beside them
 */
export function makeRowResizer(columns: Axis, left: number, right: number): ResizeRow {
  const even = evenOut(columns, left, right);
  if (even.taps === 3) return (source, target) => resizeBy3(even, source, target);
  if (even.taps === 4) return (source, target) => resizeBy4(even, source, target);
  return (source, target) => resizeByAny(even, source, target);
}

/** Gives every output position the taps of the one that has most: weights of 0, before the others where the row ends behind them. */
function evenOut(columns: Axis, left: number, right: number): EvenAxis {
  const { outSize, starts, counts, weights, taps } = columns;
  const most = mostTaps(columns);
  const even = { taps: most, starts: new Int32Array(outSize), weights: new Int32Array(outSize * most) };
  for (let x = 0; x < outSize; x++) {
    const start = Math.min(starts[x], right - most);
    even.starts[x] = start - left;
    even.weights.set(weights.subarray(x * taps, x * taps + counts[x]), x * most + starts[x] - start);
  }
  return even;
}

function resizeBy3({ starts, weights }: EvenAxis, source: Uint8Array, target: Uint8Array): void {
  for (let x = 0, k = 0, q = 0; x < starts.length; x++, k += 3, q += 3) {
    const p = starts[x] * 3;
    const a = weights[k];
    const b = weights[k + 1];
    const c = weights[k + 2];
    target[q] =
      (HALF + Math.imul(source[p], a) + Math.imul(source[p + 3], b) + Math.imul(source[p + 6], c)) >>
      PRECISION_BITS;
    target[q + 1] =
      (HALF + Math.imul(source[p + 1], a) + Math.imul(source[p + 4], b) + Math.imul(source[p + 7], c)) >>
      PRECISION_BITS;
    target[q + 2] =
      (HALF + Math.imul(source[p + 2], a) + Math.imul(source[p + 5], b) + Math.imul(source[p + 8], c)) >>
      PRECISION_BITS;
  }
}

function resizeBy4({ starts, weights }: EvenAxis, source: Uint8Array, target: Uint8Array): void {
  for (let x = 0, k = 0, q = 0; x < starts.length; x++, k += 4, q += 3) {
    const p = starts[x] * 3;
    const a = weights[k];
    const b = weights[k + 1];
    const c = weights[k + 2];
    const d = weights[k + 3];
    const r =
      HALF +
      Math.imul(source[p], a) +
      Math.imul(source[p + 3], b) +
      Math.imul(source[p + 6], c) +
      Math.imul(source[p + 9], d);
    const g =
      HALF +
      Math.imul(source[p + 1], a) +
      Math.imul(source[p + 4], b) +
      Math.imul(source[p + 7], c) +
      Math.imul(source[p + 10], d);
    const v =
      HALF +
      Math.imul(source[p + 2], a) +
      Math.imul(source[p + 5], b) +
      Math.imul(source[p + 8], c) +
      Math.imul(source[p + 11], d);
    target[q] = r >> PRECISION_BITS;
    target[q + 1] = g >> PRECISION_BITS;
    target[q + 2] = v >> PRECISION_BITS;
  }
}

function resizeByAny({ starts, weights, taps }: EvenAxis, source: Uint8Array, target: Uint8Array): void {
  for (let x = 0, k = 0, q = 0; x < starts.length; x++, q += 3) {
    let p = starts[x] * 3;
    let r = HALF;
    let g = HALF;
    let b = HALF;
    for (const end = k + taps; k < end; k++, p += 3) {
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
