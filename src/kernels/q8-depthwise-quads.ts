/**
 * 3×3 depthwise convolution of bytes with stride 1 by `i16x8.relaxed_dot_i8x16_i7x16_s`, where it is exact: unsigned by signed bytes (x86), and of two
 * weights that meet, neither the positive nor the negative ones add up to more than 128 (255 · 128 < 2^15). Everything else goes by pairs (q8-depthwise.ts).
 *
 * Four rows of the input are interleaved, byte by byte, for two rows of results: the weights are three and a zero, or a zero and three. Four channels of a
 * column are then one vector, which is loaded once and multiplied for six results, whose sums wait in registers.
 */
import { activated, HARDSWISH, hardswish, LINEAR, mode, scaled, toBytes } from "./q8-requant";

/** Interleaves `c` bytes of each of `pixels` pixels of four rows; a row that is off the map repeats a pixel (`pix` 0). */
export function interleaveFour(
  pixels: i32,
  c: usize,
  r0: usize,
  pix0: usize,
  r1: usize,
  pix1: usize,
  r2: usize,
  pix2: usize,
  r3: usize,
  pix3: usize,
  to: usize,
): void {
  for (; pixels > 0; pixels--) {
    for (let i: usize = 0; i < c; i += 8) {
      const a = v128.load64_zero(r0 + i);
      const b = v128.load64_zero(r1 + i);
      const d = v128.load64_zero(r2 + i);
      const e = v128.load64_zero(r3 + i);
      const upper = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const lower = i8x16.shuffle(d, e, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      v128.store(to, i16x8.shuffle(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, i16x8.shuffle(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      to += 32;
    }
    r0 += pix0;
    r1 += pix1;
    r2 += pix2;
    r3 += pix3;
  }
}

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

/**
 * Four channels of two rows of results.
 *
 * @param p interleaved rows, `step` bytes from column to column
 * @param q scales of the channels; biases 32 bytes behind
 * @param w weights: for each column of the kernel those of the upper row of results, then `lower` bytes behind it those of the lower
 * @param y0 upper row of results, `yStep` bytes from pixel to pixel; `y1` the lower one, or again the upper one
 */
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
