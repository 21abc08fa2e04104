/**
 * Units of the 5×5 depthwise convolution of bytes by quads (q8-depthwise-quads.ts): four channels of seven results of a row. A column is loaded once and
 * multiplied for all results that it is part of.
 */
import { activated, HARDSWISH, hardswish, LINEAR, mode, scaled, toBytes } from "./q8-requant";

/** Results of a unit. Seven divides the maps that networks on 224 × 224 end with. */
export const UNIT: i32 = 7;

/** Four channels of a column. @inline */
function column(s: v128, x: v128, w: v128, ones: v128): v128 {
  return i32x4.add(s, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones));
}

/**
 * @param count results that are stored
 * @param p four interleaved rows, `step` bytes from column to column
 * @param r fifth and sixth row, two columns to a vector
 * @param q scales of the channels; biases 32 bytes behind
 * @param w weights: of five columns, then for `r` those of columns 0 and 1, 2 and 3, 4; 64 bytes from one to the next
 * @param y results, `yStep` bytes from pixel to pixel
 */
export function unit5Quads(
  count: i32,
  p: usize,
  r: usize,
  step: usize,
  q: usize,
  w: usize,
  y: usize,
  yStep: usize,
): void {
  const ones = i16x8.splat(1);
  const w0 = v128.load(w, 0);
  const w1 = v128.load(w, 64);
  const w2 = v128.load(w, 128);
  const w3 = v128.load(w, 192);
  const w4 = v128.load(w, 256);
  let s0 = v128.load(q, 32);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let x = v128.load(p);
  s0 = column(s0, x, w0, ones);
  p += step;
  x = v128.load(p);
  s0 = column(s0, x, w1, ones);
  s1 = column(s1, x, w0, ones);
  p += step;
  x = v128.load(p);
  s0 = column(s0, x, w2, ones);
  s1 = column(s1, x, w1, ones);
  s2 = column(s2, x, w0, ones);
  p += step;
  x = v128.load(p);
  s0 = column(s0, x, w3, ones);
  s1 = column(s1, x, w2, ones);
  s2 = column(s2, x, w1, ones);
  s3 = column(s3, x, w0, ones);
  p += step;
  x = v128.load(p);
  s0 = column(s0, x, w4, ones);
  s1 = column(s1, x, w3, ones);
  s2 = column(s2, x, w2, ones);
  s3 = column(s3, x, w1, ones);
  s4 = column(s4, x, w0, ones);
  p += step;
  x = v128.load(p);
  s1 = column(s1, x, w4, ones);
  s2 = column(s2, x, w3, ones);
  s3 = column(s3, x, w2, ones);
  s4 = column(s4, x, w1, ones);
  s5 = column(s5, x, w0, ones);
  p += step;
  x = v128.load(p);
  s2 = column(s2, x, w4, ones);
  s3 = column(s3, x, w3, ones);
  s4 = column(s4, x, w2, ones);
  s5 = column(s5, x, w1, ones);
  s6 = column(s6, x, w0, ones);
  p += step;
  x = v128.load(p);
  s3 = column(s3, x, w4, ones);
  s4 = column(s4, x, w3, ones);
  s5 = column(s5, x, w2, ones);
  s6 = column(s6, x, w1, ones);
  p += step;
  x = v128.load(p);
  s4 = column(s4, x, w4, ones);
  s5 = column(s5, x, w3, ones);
  s6 = column(s6, x, w2, ones);
  p += step;
  x = v128.load(p);
  s5 = column(s5, x, w4, ones);
  s6 = column(s6, x, w3, ones);
  p += step;
  x = v128.load(p);
  s6 = column(s6, x, w4, ones);
  const left = v128.load(w, 320);
  const middle = v128.load(w, 384);
  const right = v128.load(w, 448);
  x = v128.load(r);
  s0 = column(s0, x, left, ones);
  r += step;
  x = v128.load(r);
  s1 = column(s1, x, left, ones);
  r += step;
  x = v128.load(r);
  s0 = column(s0, x, middle, ones);
  s2 = column(s2, x, left, ones);
  r += step;
  x = v128.load(r);
  s1 = column(s1, x, middle, ones);
  s3 = column(s3, x, left, ones);
  r += step;
  x = v128.load(r);
  s0 = column(s0, x, right, ones);
  s2 = column(s2, x, middle, ones);
  s4 = column(s4, x, left, ones);
  r += step;
  x = v128.load(r);
  s1 = column(s1, x, right, ones);
  s3 = column(s3, x, middle, ones);
  s5 = column(s5, x, left, ones);
  r += step;
  x = v128.load(r);
  s2 = column(s2, x, right, ones);
  s4 = column(s4, x, middle, ones);
  s6 = column(s6, x, left, ones);
  r += step;
  x = v128.load(r);
  s3 = column(s3, x, right, ones);
  s5 = column(s5, x, middle, ones);
  r += step;
  x = v128.load(r);
  s4 = column(s4, x, right, ones);
  s6 = column(s6, x, middle, ones);
  r += step;
  x = v128.load(r);
  s5 = column(s5, x, right, ones);
  r += step;
  x = v128.load(r);
  s6 = column(s6, x, right, ones);
  const scale = v128.load(q);
  s0 = scaled(s0, scale);
  s1 = scaled(s1, scale);
  s2 = scaled(s2, scale);
  s3 = scaled(s3, scale);
  s4 = scaled(s4, scale);
  s5 = scaled(s5, scale);
  s6 = scaled(s6, scale);
  if (mode === HARDSWISH) {
    s0 = hardswish(s0);
    s1 = hardswish(s1);
    s2 = hardswish(s2);
    s3 = hardswish(s3);
    s4 = hardswish(s4);
    s5 = hardswish(s5);
    s6 = hardswish(s6);
  } else if (mode !== LINEAR) {
    s0 = activated(s0);
    s1 = activated(s1);
    s2 = activated(s2);
    s3 = activated(s3);
    s4 = activated(s4);
    s5 = activated(s5);
    s6 = activated(s6);
  }
  storeTwo(count, toBytes(s0, s1), y, yStep);
  storeTwo(count - 2, toBytes(s2, s3), y + 2 * yStep, yStep);
  storeTwo(count - 4, toBytes(s4, s5), y + 4 * yStep, yStep);
  storeTwo(count - 6, toBytes(s6, s6), y + 6 * yStep, yStep, false);
}

/** Stores four channels of up to two results. @inline */
function storeTwo(count: i32, bytes: v128, y: usize, yStep: usize, second: bool = true): void {
  if (count > 0) v128.store32_lane(y, bytes, 0);
  if (second && count > 1) v128.store32_lane(y + yStep, bytes, 1);
}
