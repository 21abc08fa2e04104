/**
 * The loops of resizing in JavaScript. They run over every decoded pixel: 32-bit integers throughout, three channels at once, and for the usual filters without
 * a loop over the taps.
 *
 * @module
 */
import type { EvenAxis, RowLoops } from "../engines/row-loops.ts";
import { HALF, PRECISION_BITS } from "./coefficients.ts";

/** Where no engine has faster ones. */
export const javaScriptLoops: RowLoops = {
  row: (bytes) => new Uint8Array(bytes),
  resizeBy4(axis) {
    if (axis.taps === 3) return (source, target) => resizeBy3(axis, source, target);
    if (axis.taps === 4) return (source, target) => resizeBy4(axis, source, target);
    return (source, target) => resizeByAny(axis, source, target);
  },
  combine,
};

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

/** Resizes a row by any number of taps. */
export function resizeByAny(
  { starts, weights, taps }: EvenAxis,
  source: Uint8Array,
  target: Uint8Array,
): void {
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

function combine(kept: readonly Uint8Array[], weights: Int32Array, finished: Uint8Array): void {
  const [a, b, c, d] = kept;
  const [weightA, weightB, weightC, weightD] = weights;
  for (let i = 0; i < finished.length; i++) {
    const sum =
      HALF +
      Math.imul(a[i], weightA) +
      Math.imul(b[i], weightB) +
      Math.imul(c[i], weightC) +
      Math.imul(d[i], weightD);
    finished[i] = sum >> PRECISION_BITS;
  }
}
