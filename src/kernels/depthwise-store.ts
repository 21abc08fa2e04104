/**
 * Results of the depthwise convolution: floats, activated; or bytes, for which the float sums are whole numbers on top of `ROUNDER` (the packed bias), so
 * that their bits are integers, and are requantized with the channels' scales and biases.
 */
import { activate, formula, gated } from "./activation";
import { activated, ceiling, LINEAR, mode, scaled, toIntegers } from "./q8-requant";

/** What four channels need for their results: scales and biases of bytes, nothing for floats. @inline */
export function channelScales<T>(q: usize): v128 {
  return sizeof<T>() === 1 ? v128.load(q) : i64x2.splat(0);
}

/** Biases less the bits of `ROUNDER`. @inline */
export function channelBiases<T>(q: usize, qBias: usize): v128 {
  return sizeof<T>() === 1 ? v128.load(q + qBias) : i64x2.splat(0);
}

/** Stores four channels. @inline */
export function storeFour<T>(s: v128, scales: v128, biases: v128, y: usize): void {
  if (sizeof<T>() === 1) {
    let x = scaled(i32x4.add(s, biases), scales);
    if (mode !== LINEAR) x = activated(x);
    const words = toIntegers(x);
    const halves = i16x8.narrow_i32x4_s(words, words);
    v128.store32_lane(y, i8x16.min_u(i8x16.narrow_i16x8_u(halves, halves), ceiling), 0);
  } else {
    v128.store(y, activate(s));
  }
}

/** Stores four channels of two pixels. @inline */
export function storeTwo<T>(s: v128, t: v128, scales: v128, biases: v128, y: usize, outBytes: usize): void {
  if (sizeof<T>() === 1) {
    storeFour<T>(s, scales, biases, y);
    storeFour<T>(t, scales, biases, y + outBytes);
  } else {
    const fs = formula(s);
    const ft = formula(t);
    if (gated) {
      v128.store(y, f32x4.mul(s, fs));
      v128.store(y + outBytes, f32x4.mul(t, ft));
    } else {
      v128.store(y, fs);
      v128.store(y + outBytes, ft);
    }
  }
}
