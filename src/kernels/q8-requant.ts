/**
 * From 32-bit sums back to 8 bits: y = clamp(round(sum · scale[c]), lo, hi) + zero point, rounding halves to even as ONNX's QuantizeLinear does.
 *
 * No step may be contracted to a fused multiply-add: results are the same, bit for bit, in both builds and on every processor.
 * The layout of the parameters is `QuantizedOutput` in src/runtime/engines/kernels/module.ts.
 */

const HARDSWISH: i32 = 1;
const STEPPED_HARDSWISH: i32 = 2;

/** 1.5 · 2^23: added to a float of magnitude under 2^22 it leaves the rounded integer in the low bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

/** Parameters of the running kernel: set by {@link setRequant}. */
let mode: i32 = 0;
let low: v128 = i64x2.splat(0);
let high: v128 = i64x2.splat(0);
let offset: v128 = i64x2.splat(0);
let gain: v128 = i64x2.splat(0);
let step: v128 = i64x2.splat(0);
let stepLow: v128 = i64x2.splat(0);
let stepHigh: v128 = i64x2.splat(0);

export function setRequant(p: usize): void {
  mode = load<i32>(p);
  setRange(f32.load(p, 4), f32.load(p, 8), load<i32>(p, 12));
  gain = v128.load32_splat(p, 16);
  step = v128.load32_splat(p, 20);
  stepLow = v128.load32_splat(p, 24);
  stepHigh = v128.load32_splat(p, 28);
}

/** Linear requantization: bounds are relative to the zero point. */
export function setLinear(lo: f32, hi: f32, zero: i32): void {
  mode = 0;
  setRange(lo, hi, zero);
}

function setRange(lo: f32, hi: f32, zero: i32): void {
  low = f32x4.splat(lo);
  high = f32x4.splat(hi);
  offset = i32x4.splat(ROUNDER_BITS - zero);
}

/** Rounds floats within the bounds to integers, zero point added. @inline */
function toInteger(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, low), high);
  return i32x4.sub(f32x4.add(bounded, f32x4.splat(ROUNDER)), offset);
}

/** x · clamp(x / 6 + 1/2, 0, 1), in output steps; for mode 2, of x rounded to steps of its own first. */
function hardswish(x: v128): v128 {
  if (mode === STEPPED_HARDSWISH) {
    const bounded = f32x4.pmin(f32x4.pmax(x, stepLow), stepHigh);
    const rounder = f32x4.splat(ROUNDER);
    x = f32x4.mul(f32x4.sub(f32x4.add(bounded, rounder), rounder), step);
  }
  const inner = f32x4.add(f32x4.mul(x, f32x4.splat(0.16666667)), f32x4.splat(0.5));
  const gate = f32x4.pmin(f32x4.pmax(inner, f32x4.splat(0)), f32x4.splat(1));
  return f32x4.mul(f32x4.mul(x, gate), gain);
}

/** Eight floats (in output steps, or what the mode starts from) as bytes, in the low half of a vector. @inline */
export function toBytes(x0: v128, x1: v128): v128 {
  if (mode >= HARDSWISH) {
    x0 = hardswish(x0);
    x1 = hardswish(x1);
  }
  const words = i16x8.narrow_i32x4_s(toInteger(x0), toInteger(x1));
  return i8x16.narrow_i16x8_u(words, words);
}

/** Eight sums, times the scales of their channels, to eight bytes. @inline */
export function requantize8(s0: v128, s1: v128, scale0: v128, scale1: v128, y: usize): void {
  const x0 = f32x4.mul(f32x4.convert_i32x4_s(s0), scale0);
  const x1 = f32x4.mul(f32x4.convert_i32x4_s(s1), scale1);
  v128.store64_lane(y, toBytes(x0, x1), 0);
}
