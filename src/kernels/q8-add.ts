/**
 * Sums of bytes, each with a scale and a zero point: as they are told, by division; and by integers, for scales for which all 65,536 pairs of bytes give
 * the same. Nothing here may be contracted to a fused multiply-add (see q8-requant.ts).
 */
import { highFloats, lowFloats } from "./q8-floats";
import { ceiling, floor, setLinear, toBytes } from "./q8-requant";

/** Bits behind the point of factors and offsets; the lower ones are multiplied apart, as operands have 16 bits. */
const FRACTION: i32 = 28;
const LOWER: i32 = 15;

/** Parameters of the running kernel: see {@link setDivision}. */
let zeroOfA: v128 = i64x2.splat(0);
let zeroOfB: v128 = i64x2.splat(0);
let scaleOfA: v128 = i64x2.splat(0);
let scaleOfB: v128 = i64x2.splat(0);
let scaleOfY: v128 = i64x2.splat(0);
let base: v128 = i64x2.splat(0);
/** See {@link setFactors}. */
let higher: v128 = i64x2.splat(0);
let lower: v128 = i64x2.splat(0);
let fraction: v128 = i64x2.splat(0);
let whole: v128 = i64x2.splat(0);

function setDivision(
  zeroA: i32,
  scaleA: f32,
  zeroB: i32,
  scaleB: f32,
  scale: f32,
  zero: i32,
  lo: f32,
  hi: f32,
): void {
  // The zero point is added before rounding, as onnxruntime does it: ties of odd and of even numbers change places.
  setLinear(lo + <f32>zero, hi + <f32>zero, 0);
  base = f32x4.splat(<f32>zero);
  zeroOfA = i16x8.splat(<i16>zeroA);
  zeroOfB = i16x8.splat(<i16>zeroB);
  scaleOfA = f32x4.splat(scaleA);
  scaleOfB = f32x4.splat(scaleB);
  scaleOfY = f32x4.splat(scale);
}

/** Eight sums by division, in the low half, of bytes widened to 16 bits. @inline */
function divided(a: v128, b: v128): v128 {
  const p = i16x8.sub(a, zeroOfA);
  const q = i16x8.sub(b, zeroOfB);
  const y0 = f32x4.add(f32x4.mul(lowFloats(p), scaleOfA), f32x4.mul(lowFloats(q), scaleOfB));
  const y1 = f32x4.add(f32x4.mul(highFloats(p), scaleOfA), f32x4.mul(highFloats(q), scaleOfB));
  return toBytes(f32x4.add(f32x4.div(y0, scaleOfY), base), f32x4.add(f32x4.div(y1, scaleOfY), base));
}

export function addQ8(
  m: i32,
  c: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  y: usize,
  ldy: usize,
  zeroA: i32,
  scaleA: f32,
  zeroB: i32,
  scaleB: f32,
  scale: f32,
  zero: i32,
  lo: f32,
  hi: f32,
): void {
  setDivision(zeroA, scaleA, zeroB, scaleB, scale, zero, lo, hi);
  if (lda === <usize>c && ldb === lda && ldy === lda) {
    // Rows that follow each other are one.
    c *= m;
    m = 1;
  }
  for (; m > 0; m--) {
    for (let i: usize = 0; i < <usize>c; i += 8) {
      v128.store64_lane(y + i, divided(v128.load_ext<u8>(a + i), v128.load_ext<u8>(b + i)), 0);
    }
    a += lda;
    b += ldb;
    y += ldy;
  }
}

/** Factors of a pair of bytes, as 16 bits each. @inline */
function pair(a: i64, b: i64): v128 {
  return i32x4.splat(<i32>((b << 16) | (a & 0xffff)));
}

function setFactors(factorA: f64, factorB: f64, offset: f64): void {
  const one = <f64>(1 << FRACTION);
  const a = <i64>nearest<f64>(factorA * one);
  const b = <i64>nearest<f64>(factorB * one);
  const mask: i64 = (1 << LOWER) - 1;
  higher = pair(a >> LOWER, b >> LOWER);
  lower = pair(a & mask, b & mask);
  const integer = Math.floor(offset);
  whole = i16x8.splat(<i16>integer);
  fraction = i32x4.splat(<i32>((offset - integer) * one));
}

/** Four pairs of bytes, as 16 bits each, times their factors, rounded down. @inline */
function four(pairs: v128, high: v128, low: v128, rest: v128): v128 {
  const carried = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(pairs, low), rest), LOWER);
  return i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(pairs, high), carried), FRACTION - LOWER);
}

/** Eight pairs of bytes as sums of 16 bits. @inline */
function eight(pairs: v128, high: v128, low: v128, rest: v128, integer: v128): v128 {
  const sums = i16x8.narrow_i32x4_s(
    four(i16x8.extend_low_i8x16_u(pairs), high, low, rest),
    four(i16x8.extend_high_i8x16_u(pairs), high, low, rest),
  );
  return i16x8.add(sums, integer);
}

/** Sixteen sums by integers: `higher`, `lower`, `fraction`, `whole`, `floor`, `ceiling`. @inline */
function added(a: v128, b: v128, high: v128, low: v128, rest: v128, integer: v128, lo: v128, hi: v128): v128 {
  const p = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const q = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const sums = i8x16.narrow_i16x8_u(eight(p, high, low, rest, integer), eight(q, high, low, rest, integer));
  return i8x16.max_u(i8x16.min_u(sums, hi), lo);
}

export function addFixedQ8(
  m: i32,
  c: i32,
  a: usize,
  lda: usize,
  b: usize,
  ldb: usize,
  y: usize,
  ldy: usize,
  factorA: f64,
  factorB: f64,
  offset: f64,
  lo: f32,
  hi: f32,
): void {
  setLinear(lo, hi, 0);
  setFactors(factorA, factorB, offset);
  const high = higher;
  const low = lower;
  const rest = fraction;
  const integer = whole;
  const least = floor;
  const most = ceiling;
  if (lda === <usize>c && ldb === lda && ldy === lda) {
    c *= m;
    m = 1;
  }
  for (; m > 0; m--) {
    let i: usize = 0;
    for (const end = <usize>c & ~15; i < end; i += 16) {
      const p = v128.load(a + i);
      const q = v128.load(b + i);
      v128.store(y + i, added(p, q, high, low, rest, integer, least, most));
    }
    if (c & 8) {
      const p = v128.load64_zero(a + i);
      const q = v128.load64_zero(b + i);
      v128.store64_lane(y + i, added(p, q, high, low, rest, integer, least, most), 0);
    }
    a += lda;
    b += ldb;
    y += ldy;
  }
}

export function addFitsQ8(
  zeroA: i32,
  scaleA: f32,
  zeroB: i32,
  scaleB: f32,
  scale: f32,
  zero: i32,
  lo: f32,
  hi: f32,
  factorA: f64,
  factorB: f64,
  offset: f64,
): bool {
  setDivision(zeroA, scaleA, zeroB, scaleB, scale, zero, lo, hi);
  setFactors(factorA, factorB, offset);
  const ramp = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let i = 0; i < 256; i++) {
    const a = i8x16.splat(<i8>i);
    const wide = i16x8.splat(<i16>i);
    for (let j = 0; j < 256; j += 16) {
      const b = i8x16.add(i8x16.splat(<i8>j), ramp);
      const first = divided(wide, i16x8.extend_low_i8x16_u(b));
      const second = divided(wide, i16x8.extend_high_i8x16_u(b));
      const right = v128.shuffle<u64>(first, second, 0, 2);
      const found = added(a, b, higher, lower, fraction, whole, floor, ceiling);
      if (v128.any_true(v128.xor(right, found))) return false;
    }
  }
  return true;
}
