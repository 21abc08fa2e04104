/**
 * Strips of the 3×3 depthwise convolution of bytes by quads (q8-depthwise-quads.ts): four channels of two rows of results. A column is loaded once and
 * multiplied for all results that it is part of, whose sums wait in registers.
 *
 * Arguments: `p` interleaved rows, `step` bytes from column to column; `q` scales of the channels, with biases 32 bytes behind; `w` weights, in
 * turns those of the upper row of results and, 32 bytes behind, those of the lower; `y0` the upper row of results, `yStep` bytes from pixel to
 * pixel; `y1` the lower one, or again the upper one.
 */
import { activated, HARDSWISH, hardswish, LINEAR, mode, scaled, toBytes } from "./q8-requant";

/** Four channels of a column, by the weights of one row of results. @inline */
function column(s: v128, x: v128, w: v128, ones: v128): v128 {
  return i32x4.add(s, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones));
}

/** Four channels of two results to bytes. The lower row first: where there is none, the upper one is written over it. @inline */
function finish(upper: v128, lower: v128, scale: v128, y0: usize, y1: usize): void {
  let x0 = scaled(upper, scale);
  let x1 = scaled(lower, scale);
  if (mode === HARDSWISH) {
    x0 = hardswish(x0);
    x1 = hardswish(x1);
  } else if (mode !== LINEAR) {
    x0 = activated(x0);
    x1 = activated(x1);
  }
  const bytes = toBytes(x0, x1);
  v128.store32_lane(y1, bytes, 1);
  v128.store32_lane(y0, bytes, 0);
}

export function strip3Quads(
  pixels: i32,
  p: usize,
  step: usize,
  q: usize,
  w: usize,
  y0: usize,
  y1: usize,
  yStep: usize,
): void {
  const ones = i16x8.splat(1);
  const scale = v128.load(q);
  const bias = v128.load(q, 32);
  const u0 = v128.load(w);
  const l0 = v128.load(w, 32);
  const u1 = v128.load(w, 64);
  const l1 = v128.load(w, 96);
  const u2 = v128.load(w, 128);
  const l2 = v128.load(w, 160);
  let x = v128.load(p);
  let first = column(bias, x, u0, ones);
  let firstLower = column(bias, x, l0, ones);
  p += step;
  x = v128.load(p);
  first = column(first, x, u1, ones);
  firstLower = column(firstLower, x, l1, ones);
  let second = column(bias, x, u0, ones);
  let secondLower = column(bias, x, l0, ones);
  for (; pixels > 0; pixels--) {
    p += step;
    x = v128.load(p);
    const upper = column(first, x, u2, ones);
    const lower = column(firstLower, x, l2, ones);
    first = column(second, x, u1, ones);
    firstLower = column(secondLower, x, l1, ones);
    second = column(bias, x, u0, ones);
    secondLower = column(bias, x, l0, ones);
    finish(upper, lower, scale, y0, y1);
    y0 += yStep;
    y1 += yStep;
  }
}
