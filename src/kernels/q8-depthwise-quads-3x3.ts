/**
 * Strips of the 3×3 depthwise convolution of bytes by quads (q8-depthwise-quads.ts): rows of sums, 8 channels wide. Each column of the input is loaded
 * and interleaved once and multiplied for all the results that it is part of, whose sums wait in locals. Results end in twos, which share instructions; an
 * odd one's neighbour is computed of what lies there.
 *
 * Arguments: `rows` of `pixels` results; `r` the input with padding, `apart` bytes from row to row of the kernel, `rowStep` from a row of results to the
 * next one's, `step` from column to column; `w` the block of 8 channels; `to` what `endSums` takes.
 */
import { dotQuads, highQuads, lowQuads, quads, twoRows } from "./q8-depthwise-interleave";
import { SUM_BYTES, storeSums } from "./q8-sums";

/** Stride 1; any dilation, by its steps. */
export function strip3Quads(
  rows: i32,
  pixels: i32,
  r: usize,
  apart: usize,
  rowStep: usize,
  step: usize,
  w: usize,
  to: usize,
): void {
  const ones = i16x8.splat(1);
  const w00 = v128.load(w, 64);
  const w01 = v128.load(w, 80);
  const w10 = v128.load(w, 96);
  const w11 = v128.load(w, 112);
  const w20 = v128.load(w, 128);
  const w21 = v128.load(w, 144);
  for (; rows > 0; rows--, r += rowStep) {
    let r0 = r;
    let r1 = r0 + apart;
    let r2 = r1 + apart;
    let x = v128.load64_zero(r1);
    let upper = twoRows(v128.load64_zero(r0), x);
    let lower = twoRows(x, v128.load64_zero(r2));
    let low = lowQuads(upper, lower);
    let high = highQuads(upper, lower);
    let a0 = quads(low, w00, ones);
    let a1 = quads(high, w01, ones);
    r0 += step;
    r1 += step;
    r2 += step;
    x = v128.load64_zero(r1);
    upper = twoRows(v128.load64_zero(r0), x);
    lower = twoRows(x, v128.load64_zero(r2));
    low = lowQuads(upper, lower);
    high = highQuads(upper, lower);
    a0 = dotQuads(a0, low, w10, ones);
    a1 = dotQuads(a1, high, w11, ones);
    let b0 = quads(low, w00, ones);
    let b1 = quads(high, w01, ones);
    for (let left = pixels; left > 0; left -= 2) {
      r0 += step;
      r1 += step;
      r2 += step;
      x = v128.load64_zero(r1);
      upper = twoRows(v128.load64_zero(r0), x);
      lower = twoRows(x, v128.load64_zero(r2));
      r0 += step;
      r1 += step;
      r2 += step;
      x = v128.load64_zero(r1);
      const nextUpper = twoRows(v128.load64_zero(r0), x);
      const nextLower = twoRows(x, v128.load64_zero(r2));
      low = lowQuads(upper, lower);
      const nextLow = lowQuads(nextUpper, nextLower);
      const s0 = dotQuads(a0, low, w20, ones);
      const t0 = dotQuads(dotQuads(b0, low, w10, ones), nextLow, w20, ones);
      a0 = dotQuads(quads(low, w00, ones), nextLow, w10, ones);
      b0 = quads(nextLow, w00, ones);
      high = highQuads(upper, lower);
      const nextHigh = highQuads(nextUpper, nextLower);
      const s1 = dotQuads(a1, high, w21, ones);
      const t1 = dotQuads(dotQuads(b1, high, w11, ones), nextHigh, w21, ones);
      a1 = dotQuads(quads(high, w01, ones), nextHigh, w11, ones);
      b1 = quads(nextHigh, w01, ones);
      storeSums(s0, s1, t0, t1, to);
      to += 2 * SUM_BYTES;
    }
  }
}

/** Stride 2. */
export function strip3QuadsStrided(
  rows: i32,
  pixels: i32,
  r: usize,
  apart: usize,
  rowStep: usize,
  step: usize,
  w: usize,
  to: usize,
): void {
  const ones = i16x8.splat(1);
  const w00 = v128.load(w, 64);
  const w01 = v128.load(w, 80);
  const w10 = v128.load(w, 96);
  const w11 = v128.load(w, 112);
  const w20 = v128.load(w, 128);
  const w21 = v128.load(w, 144);
  for (; rows > 0; rows--, r += rowStep) {
    let r0 = r;
    let r1 = r0 + apart;
    let r2 = r1 + apart;
    let x = v128.load64_zero(r1);
    let upper = twoRows(v128.load64_zero(r0), x);
    let lower = twoRows(x, v128.load64_zero(r2));
    let low = lowQuads(upper, lower);
    let high = highQuads(upper, lower);
    let a0 = quads(low, w00, ones);
    let a1 = quads(high, w01, ones);
    for (let left = pixels; left > 0; left -= 2) {
      r0 += step;
      r1 += step;
      r2 += step;
      x = v128.load64_zero(r1);
      upper = twoRows(v128.load64_zero(r0), x);
      lower = twoRows(x, v128.load64_zero(r2));
      low = lowQuads(upper, lower);
      high = highQuads(upper, lower);
      a0 = dotQuads(a0, low, w10, ones);
      a1 = dotQuads(a1, high, w11, ones);
      r0 += step;
      r1 += step;
      r2 += step;
      x = v128.load64_zero(r1);
      upper = twoRows(v128.load64_zero(r0), x);
      lower = twoRows(x, v128.load64_zero(r2));
      low = lowQuads(upper, lower);
      high = highQuads(upper, lower);
      const s0 = dotQuads(a0, low, w20, ones);
      const s1 = dotQuads(a1, high, w21, ones);
      a0 = quads(low, w00, ones);
      a1 = quads(high, w01, ones);
      r0 += step;
      r1 += step;
      r2 += step;
      x = v128.load64_zero(r1);
      upper = twoRows(v128.load64_zero(r0), x);
      lower = twoRows(x, v128.load64_zero(r2));
      low = lowQuads(upper, lower);
      high = highQuads(upper, lower);
      a0 = dotQuads(a0, low, w10, ones);
      a1 = dotQuads(a1, high, w11, ones);
      r0 += step;
      r1 += step;
      r2 += step;
      x = v128.load64_zero(r1);
      upper = twoRows(v128.load64_zero(r0), x);
      lower = twoRows(x, v128.load64_zero(r2));
      low = lowQuads(upper, lower);
      high = highQuads(upper, lower);
      const t0 = dotQuads(a0, low, w20, ones);
      const t1 = dotQuads(a1, high, w21, ones);
      a0 = quads(low, w00, ones);
      a1 = quads(high, w01, ones);
      storeSums(s0, s1, t0, t1, to);
      to += 2 * SUM_BYTES;
    }
  }
}
