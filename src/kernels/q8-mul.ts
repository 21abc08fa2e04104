/**
 * Products of bytes: of two maps, or of a map and a row of channels (the gate of squeeze-and-excitation). Nothing here may be contracted to a fused
 * multiply-add (see q8-requant.ts).
 */
import { highFloats, integers, lowFloats, narrowFour } from "./q8-floats";
import { ceiling, floor, low, offset, rounder, setLinear, toBytes } from "./q8-requant";
import { first, fourth, second, spread, third } from "./q8-spread";

/** Factors beyond this give the same bytes as this: any product but 0 is out of range. With it no product reaches 2^22. */
const MOST_FACTOR: f32 = 16384;

export function mulQ8(
  m: i32,
  c: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  y: usize,
  ldy: usize,
  zeroA: i32,
  zeroB: i32,
  scale: f32,
  zero: i32,
  lo: f32,
  hi: f32,
): void {
  setLinear(lo, hi, zero);
  if (ldb === 0) {
    scaleChannels(m, c, a, lda, b, y, ldy, zeroA, zeroB, scale);
    return;
  }
  const za = i16x8.splat(<i16>zeroA);
  const zb = i16x8.splat(<i16>zeroB);
  const s = f32x4.splat(scale);
  if (lda === <usize>c && ldb === lda && ldy === lda) {
    c *= m;
    m = 1;
  }
  for (; m > 0; m--) {
    for (let i: usize = 0; i < <usize>c; i += 8) {
      const p = i16x8.sub(v128.load_ext<u8>(a + i), za);
      const q = i16x8.sub(v128.load_ext<u8>(b + i), zb);
      const y0 = f32x4.mul(lowFloats(p), f32x4.mul(lowFloats(q), s));
      const y1 = f32x4.mul(highFloats(p), f32x4.mul(highFloats(q), s));
      v128.store64_lane(y + i, toBytes(y0, y1), 0);
    }
    a += lda;
    b += ldb;
    y += ldy;
  }
}

/** Factors of four channels: what their bytes stand for, in steps of the output. @inline */
function factors(four: v128, scale: v128): v128 {
  const all = f32x4.mul(four, scale);
  return f32x4.pmin(f32x4.pmax(all, f32x4.splat(-MOST_FACTOR)), f32x4.splat(MOST_FACTOR));
}

/** Multiplies each channel of `m` pixels by its own byte, a column of 16 or 8 channels at a time. */
function scaleChannels(
  m: i32,
  c: i32,
  a: usize,
  lda: usize,
  b: usize,
  y: usize,
  ldy: usize,
  zeroA: i32,
  zeroB: i32,
  scale: f32,
): void {
  const zb = i16x8.splat(<i16>zeroB);
  const s = f32x4.splat(scale);
  for (; c > 0; c -= 16) {
    const p = i16x8.sub(v128.load_ext<u8>(b), zb);
    const factor0 = factors(lowFloats(p), s);
    const factor1 = factors(highFloats(p), s);
    if (c === 8) {
      scaleEight(m, factor0, factor1, i16x8.splat(<i16>zeroA), a, lda, y, ldy);
      return;
    }
    const q = i16x8.sub(v128.load_ext<u8>(b, 8), zb);
    const factor2 = factors(lowFloats(q), s);
    const factor3 = factors(highFloats(q), s);
    scaleSixteen(m, factor0, factor1, factor2, factor3, f32x4.splat(<f32>zeroA), a, lda, y, ldy);
    a += 16;
    b += 16;
    y += 16;
  }
}

/** Four bytes times the factors of their channels, as integers with the zero point added. `magic` and `less` are `rounder` and `offset`. @inline */
function multiplied(bytes: v128, mask: v128, za: v128, factor: v128, magic: v128, less: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(spread(bytes, mask, za), factor), magic), less);
}

/** Sixteen channels. */
function scaleSixteen(
  m: i32,
  factor0: v128,
  factor1: v128,
  factor2: v128,
  factor3: v128,
  za: v128,
  a: usize,
  lda: usize,
  y: usize,
  ldy: usize,
): void {
  const magic = rounder;
  const less = offset;
  const least = floor;
  const most = ceiling;
  const mask0 = first;
  const mask1 = second;
  const mask2 = third;
  const mask3 = fourth;
  for (; m > 0; m--) {
    const bytes = v128.load(a);
    const results = narrowFour(
      multiplied(bytes, mask0, za, factor0, magic, less),
      multiplied(bytes, mask1, za, factor1, magic, less),
      multiplied(bytes, mask2, za, factor2, magic, less),
      multiplied(bytes, mask3, za, factor3, magic, less),
      most,
    );
    v128.store(y, i8x16.max_u(results, least));
    a += lda;
    y += ldy;
  }
}

/** Eight channels, two pixels at a time. */
function scaleEight(
  m: i32,
  factor0: v128,
  factor1: v128,
  za: v128,
  a: usize,
  lda: usize,
  y: usize,
  ldy: usize,
): void {
  const lo = low;
  const magic = rounder;
  const less = offset;
  const most = ceiling;
  for (; m > 1; m -= 2) {
    const p = i16x8.sub(v128.load_ext<u8>(a), za);
    const q = i16x8.sub(v128.load_ext<u8>(a + lda), za);
    const bytes = narrowFour(
      integers(f32x4.mul(lowFloats(p), factor0), lo, magic, less),
      integers(f32x4.mul(highFloats(p), factor1), lo, magic, less),
      integers(f32x4.mul(lowFloats(q), factor0), lo, magic, less),
      integers(f32x4.mul(highFloats(q), factor1), lo, magic, less),
      most,
    );
    v128.store64_lane(y, bytes, 0);
    v128.store64_lane(y + ldy, bytes, 1);
    a += 2 * lda;
    y += 2 * ldy;
  }
  if (m > 0) {
    const p = i16x8.sub(v128.load_ext<u8>(a), za);
    v128.store64_lane(y, toBytes(f32x4.mul(lowFloats(p), factor0), f32x4.mul(highFloats(p), factor1)), 0);
  }
}
