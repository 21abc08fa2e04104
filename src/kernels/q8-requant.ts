/**
 * From 32-bit sums back to 8 bits: y = clamp(round(sum · scale[c]), lo, hi) + zero point, rounding halves to even as ONNX's QuantizeLinear does.
 *
 * No step may be contracted to a fused multiply-add: results are the same, bit for bit, in both builds and on every processor. The layout of the
 * parameters is `QuantizedOutput` in src/runtime/engines/kernels/module-q8.ts.
 *
 * Constants are globals, since V8 makes a constant vector anew wherever it is used, in three instructions, where a global is one load.
 */

const HARDSWISH: i32 = 1;
const STEPPED_HARDSWISH: i32 = 2;

/** 1.5 · 2^23: added to a float of magnitude under 2^22 it leaves the rounded integer in the low bits. */
export const ROUNDER: f32 = 12582912;
export const ROUNDER_BITS: i32 = 0x4b400000;

/** Parameters of the running kernel: set by {@link setRequant}. */
export let hard: bool = false;
let stepped: bool = false;
let low: v128 = i64x2.splat(0);
let high: v128 = i64x2.splat(0);
let rounder: v128 = i64x2.splat(0);
let offset: v128 = i64x2.splat(0);
let gain: v128 = i64x2.splat(0);
let step: v128 = i64x2.splat(0);
let stepLow: v128 = i64x2.splat(0);
let stepHigh: v128 = i64x2.splat(0);
let sixth: v128 = i64x2.splat(0);
let half: v128 = i64x2.splat(0);
let one: v128 = i64x2.splat(0);

export function setRequant(p: usize): void {
  const mode = load<i32>(p);
  hard = mode >= HARDSWISH;
  stepped = mode === STEPPED_HARDSWISH;
  setRange(f32.load(p, 4), f32.load(p, 8), load<i32>(p, 12));
  gain = v128.load32_splat(p, 16);
  step = v128.load32_splat(p, 20);
  stepLow = v128.load32_splat(p, 24);
  stepHigh = v128.load32_splat(p, 28);
  sixth = f32x4.splat(0.16666667);
  half = f32x4.splat(0.5);
  one = f32x4.splat(1);
}

/** Linear requantization: bounds are relative to the zero point. */
export function setLinear(lo: f32, hi: f32, zero: i32): void {
  hard = false;
  setRange(lo, hi, zero);
}

function setRange(lo: f32, hi: f32, zero: i32): void {
  low = f32x4.splat(lo);
  high = f32x4.splat(hi);
  rounder = f32x4.splat(ROUNDER);
  offset = i32x4.splat(ROUNDER_BITS - zero);
}

/** Four sums times the scales of their channels. @inline */
export function scaled(sums: v128, scales: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(sums), scales);
}

/** Floats within the bounds, as integers, zero point added. @inline */
export function toIntegers(x: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.pmin(f32x4.pmax(x, low), high), rounder), offset);
}

/** x · clamp(x / 6 + 1/2, 0, 1), in output steps; where stepped, of x rounded to steps of its own first. @inline */
export function hardswish(x: v128): v128 {
  if (stepped) {
    const bounded = f32x4.pmin(f32x4.pmax(x, stepLow), stepHigh);
    x = f32x4.mul(f32x4.sub(f32x4.add(bounded, rounder), rounder), step);
  }
  const gate = f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.mul(x, sixth), half), i64x2.splat(0)), one);
  return f32x4.mul(f32x4.mul(x, gate), gain);
}

/** Eight floats in output steps as bytes, in the low half of a vector. @inline */
export function toBytes(x0: v128, x1: v128): v128 {
  const words = i16x8.narrow_i32x4_s(toIntegers(x0), toIntegers(x1));
  return i8x16.narrow_i16x8_u(words, words);
}

/** Stores eight floats in output steps as bytes. @inline */
export function storeBytes(x0: v128, x1: v128, y: usize): void {
  v128.store64_lane(y, toBytes(x0, x1), 0);
}

/** Eight sums, times the scales of their channels, to eight bytes. */
export function requantize8(s0: v128, s1: v128, scale0: v128, scale1: v128, y: usize): void {
  let x0 = scaled(s0, scale0);
  let x1 = scaled(s1, scale1);
  if (hard) {
    x0 = hardswish(x0);
    x1 = hardswish(x1);
  }
  storeBytes(x0, x1, y);
}
