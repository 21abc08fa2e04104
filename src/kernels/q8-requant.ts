/**
 * From 32-bit sums back to 8 bits: y = clamp(round(x), lo, hi) + zero point for x = sum · scale[c] in steps of the output, halves rounded to even as
 * ONNX's QuantizeLinear does.
 *
 * No step may be contracted to a fused multiply-add: results are the same, bit for bit, in both builds and on every processor. The layout of the
 * parameters is `QuantizedOutput` in src/runtime/engines/kernels/module-q8.ts.
 *
 * Constants are globals, since V8 makes a constant vector anew wherever it is used, in three instructions, where a global is one load. A loop over
 * vectors takes them into locals first: it does not keep a global in a register either.
 */

import { addHigh, addLow, integers, stepped, storeFloats, swish } from "./q8-floats";

/** Codes of `REQUANT_MODE`. */
export const LINEAR: i32 = 0;
export const HARDSWISH: i32 = 1;
export const STEPPED_HARDSWISH: i32 = 2;
const HARDSIGMOID: i32 = 3;
export const FLOATS: i32 = 4;

/** 1.5 · 2^23: added to a float of magnitude under 2^22 it leaves the rounded integer in the low bits. */
const ROUNDER: f32 = 12582912;
const ROUNDER_BITS: i32 = 0x4b400000;

/** Parameters of the running kernel: set by {@link setRequant} or {@link setLinear}. */
export let mode: i32 = 0;
/** Lower bound, relative to the zero point; floats. */
export let low: v128 = i64x2.splat(0);
/** Whether that has to be applied: what stays above -{@link ROUNDER} is bounded by 0 as it becomes a byte. See {@link setSums}. */
export let clampsLow: bool = true;
/** Upper bound; bytes, zero point added. */
export let ceiling: v128 = i64x2.splat(0);
/** Lower bound in bytes, for what is known to stay under 2^22. */
export let floor: v128 = i64x2.splat(0);
export let rounder: v128 = i64x2.splat(0);
export let offset: v128 = i64x2.splat(0);
/** Hard-swish: 3 and 6 in the units of x. Hard-sigmoid: the constant term, and 1 in the units of x. */
export let shift: v128 = i64x2.splat(0);
export let limit: v128 = i64x2.splat(0);
/** Stepped hard-swish: what steps are multiplied by, and their bounds. */
export let step: v128 = i64x2.splat(0);
export let stepLow: v128 = i64x2.splat(0);
export let stepHigh: v128 = i64x2.splat(0);
/** Residual bytes: zero point (eight of 16 bits), and scale. */
export let residualZero: v128 = i64x2.splat(0);
export let residualScale: v128 = i64x2.splat(0);
/** Bounds of results that stay floats. */
export let floatLow: v128 = i64x2.splat(0);
export let floatHigh: v128 = i64x2.splat(0);

export function setRequant(p: usize): void {
  setLinear(f32.load(p, 4), f32.load(p, 8), load<i32>(p, 12));
  mode = load<i32>(p);
  clampsLow = true;
  shift = v128.load32_splat(p, 16);
  limit = v128.load32_splat(p, 20);
  step = v128.load32_splat(p, 24);
  stepLow = v128.load32_splat(p, 28);
  stepHigh = v128.load32_splat(p, 32);
  residualZero = v128.load16_splat(p, 36);
  residualScale = v128.load32_splat(p, 40);
  floatLow = v128.load32_splat(p, 4);
  floatHigh = v128.load32_splat(p, 8);
}

/**
 * Settles for the sums of a matrix, after {@link setRequant}, whether the lower bound has to be applied: hard-swish has one of its own, and other sums
 * seldom can get so far down.
 *
 * @param p the requantization
 * @param tile the first of `tiles`, `tileBytes` apart: scales, and biases
 * @param most what sums can be without their biases
 */
export function setSums(p: usize, tile: usize, tiles: i32, tileBytes: usize, most: f32): void {
  clampsLow = f32.load(p, 4) > <f32>-load<i32>(p, 12);
  if (clampsLow || mode !== LINEAR) return;
  const without = f32x4.splat(most);
  let far = f32x4.mul(f32x4.abs(residualScale), f32x4.splat(255));
  for (; tiles > 0; tiles--) {
    for (let half: usize = 0; half < 32; half += 16) {
      const sums = f32x4.add(f32x4.abs(f32x4.convert_i32x4_s(v128.load(tile + half, 32))), without);
      far = f32x4.max(far, f32x4.abs(f32x4.mul(sums, v128.load(tile + half))));
    }
    tile += tileBytes;
  }
  // Half of the room for sums, half for a residual, and none of it near the end.
  clampsLow = !i32x4.all_true(f32x4.lt(far, f32x4.splat(ROUNDER / 4)));
}

/** Linear requantization: bounds are relative to the zero point. */
export function setLinear(lo: f32, hi: f32, zero: i32): void {
  mode = LINEAR;
  low = f32x4.splat(lo);
  // Rounding keeps the order: the upper bound may as well be applied to the bytes.
  const room = 255 - zero;
  const top = nearest<f32>(min<f32>(hi, <f32>room));
  ceiling = i8x16.splat(<i8>max(<i32>top + zero, 0));
  floor = i8x16.splat(<i8>(<i32>nearest<f32>(min<f32>(max<f32>(lo, <f32>-zero), <f32>room)) + zero));
  rounder = f32x4.splat(ROUNDER);
  offset = i32x4.splat(ROUNDER_BITS - zero);
}

/** Four sums times the scales of their channels. @inline */
export function scaled(sums: v128, scales: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(sums), scales);
}

/** x · clamp(x + 3, 0, 6), all in units of its square root. @inline */
function hardswish(x: v128): v128 {
  return swish(x, shift, limit);
}

/** The activation of modes that have one. */
export function activated(x: v128): v128 {
  if (mode === HARDSIGMOID) return f32x4.pmin(f32x4.pmax(f32x4.add(x, shift), i64x2.splat(0)), limit);
  if (mode === STEPPED_HARDSWISH) x = stepped(x, stepLow, stepHigh, rounder, step);
  return hardswish(x);
}

/** Eight floats in output steps as bytes, in the low half of a vector. @inline */
export function toBytes(x0: v128, x1: v128): v128 {
  const words = i16x8.narrow_i32x4_s(integers(x0, low, rounder, offset), integers(x1, low, rounder, offset));
  return i8x16.min_u(i8x16.narrow_i16x8_u(words, words), ceiling);
}

/**
 * Eight sums, times the scales of their channels, to eight results of any mode.
 *
 * @param r eight bytes that are added; 0 for none
 */
export function finish8(s0: v128, s1: v128, scale0: v128, scale1: v128, y: usize, r: usize): void {
  let x0 = scaled(s0, scale0);
  let x1 = scaled(s1, scale1);
  if (r) {
    const bytes = i16x8.sub(v128.load_ext<u8>(r), residualZero);
    x0 = addLow(x0, bytes, residualScale);
    x1 = addHigh(x1, bytes, residualScale);
  }
  if (mode === FLOATS) {
    storeFloats(x0, x1, floatLow, floatHigh, y);
    return;
  }
  if (mode !== LINEAR) {
    x0 = activated(x0);
    x1 = activated(x1);
  }
  v128.store64_lane(y, toBytes(x0, x1), 0);
}

/** Bytes of eight results. @inline */
export function resultBytes(): usize {
  return mode === FLOATS ? 32 : 8;
}
