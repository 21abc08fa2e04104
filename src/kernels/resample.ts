/**
 * Pillow's antialiased resize of 8-bit RGB, for filters of at most four taps. Weights have 22 bits, more than a dot product of 16-bit lanes takes: each
 * comes as a high and a low part of 11, and what the high ones sum to is shifted to its place.
 */
import { splat0, splat1, splat2, splat3 } from "./simd";

const PRECISION_BITS = 22;
const LOW_BITS = 11;
const LOW_MASK = (1 << LOW_BITS) - 1;

/** Sums of products to bytes: rounded, and never out of their range. @inline */
function finish(high: v128, low: v128, half: v128): v128 {
  return i32x4.shr_u(i32x4.add(i32x4.add(i32x4.shl(high, LOW_BITS), low), half), PRECISION_BITS);
}

/** Four taps of a pixel's three channels. @inline */
function resamplePixel(x: usize, weights: usize, ab: v128, cd: v128, half: v128): v128 {
  const pixels = v128.load(x);
  const w = v128.load(weights);
  const first = v128.swizzle(pixels, ab);
  const second = v128.swizzle(pixels, cd);
  const high = i32x4.add(i32x4.dot_i16x8_s(first, splat0(w)), i32x4.dot_i16x8_s(second, splat1(w)));
  const low = i32x4.add(i32x4.dot_i16x8_s(first, splat2(w)), i32x4.dot_i16x8_s(second, splat3(w)));
  return finish(high, low, half);
}

export function resampleRowU8(x: usize, taps: usize, count: i32, y: usize): void {
  // Where the two pixels of a pair lie, channel by channel; 255: nothing.
  const ab = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  const cd = i8x16(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  const pack = i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const half = i32x4.splat(1 << (PRECISION_BITS - 1));
  for (; count > 0; count -= 4, taps += 80, y += 12) {
    const starts = v128.load(taps);
    const p0 = resamplePixel(x + i32x4.extract_lane(starts, 0), taps + 16, ab, cd, half);
    const p1 = resamplePixel(x + i32x4.extract_lane(starts, 1), taps + 32, ab, cd, half);
    const p2 = resamplePixel(x + i32x4.extract_lane(starts, 2), taps + 48, ab, cd, half);
    const p3 = resamplePixel(x + i32x4.extract_lane(starts, 3), taps + 64, ab, cd, half);
    const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(p0, p1), i16x8.narrow_i32x4_s(p2, p3));
    v128.store(y, v128.swizzle(bytes, pack));
  }
}

/** Two numbers of 16 bits, everywhere. @inline */
function pair(first: i32, second: i32): v128 {
  return i32x4.splat((second << 16) | first);
}

/** Four bytes of each of four rows. @inline */
function combineFour(ab: v128, cd: v128, h01: v128, h23: v128, l01: v128, l23: v128, half: v128): v128 {
  return finish(
    i32x4.add(i32x4.dot_i16x8_s(ab, h01), i32x4.dot_i16x8_s(cd, h23)),
    i32x4.add(i32x4.dot_i16x8_s(ab, l01), i32x4.dot_i16x8_s(cd, l23)),
    half,
  );
}

export function combineRowsU8(
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  wa: i32,
  wb: i32,
  wc: i32,
  wd: i32,
  bytes: i32,
  y: usize,
): void {
  const h01 = pair(wa >> LOW_BITS, wb >> LOW_BITS);
  const h23 = pair(wc >> LOW_BITS, wd >> LOW_BITS);
  const l01 = pair(wa & LOW_MASK, wb & LOW_MASK);
  const l23 = pair(wc & LOW_MASK, wd & LOW_MASK);
  const half = i32x4.splat(1 << (PRECISION_BITS - 1));
  for (; bytes > 0; bytes -= 16, a += 16, b += 16, c += 16, d += 16, y += 16) {
    const xa = v128.load(a);
    const xb = v128.load(b);
    const xc = v128.load(c);
    const xd = v128.load(d);
    const ab0 = v128.shuffle<i8>(xa, xb, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const ab1 = v128.shuffle<i8>(xa, xb, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const cd0 = v128.shuffle<i8>(xc, xd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const cd1 = v128.shuffle<i8>(xc, xd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const y0 = combineFour(
      i16x8.extend_low_i8x16_u(ab0),
      i16x8.extend_low_i8x16_u(cd0),
      h01,
      h23,
      l01,
      l23,
      half,
    );
    const y1 = combineFour(
      i16x8.extend_high_i8x16_u(ab0),
      i16x8.extend_high_i8x16_u(cd0),
      h01,
      h23,
      l01,
      l23,
      half,
    );
    const y2 = combineFour(
      i16x8.extend_low_i8x16_u(ab1),
      i16x8.extend_low_i8x16_u(cd1),
      h01,
      h23,
      l01,
      l23,
      half,
    );
    const y3 = combineFour(
      i16x8.extend_high_i8x16_u(ab1),
      i16x8.extend_high_i8x16_u(cd1),
      h01,
      h23,
      l01,
      l23,
      half,
    );
    v128.store(y, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(y0, y1), i16x8.narrow_i32x4_s(y2, y3)));
  }
}
