/**
 * The logistic function as 1 / (1 + 2^(-x · log2 e)): the power of two is split into a whole one, made from bits, and a polynomial of degree 5 over
 * what is left (-½..½; least relative error, 9.2e-8, where the constant is 1).
 *
 * The constants are globals for the reason that those of `exp.ts` are.
 */
import { madd } from "./simd";

let least: v128 = i64x2.splat(0);
let most: v128 = i64x2.splat(0);
let factor: v128 = i64x2.splat(0);
let rounder: v128 = i64x2.splat(0);
let p5: v128 = i64x2.splat(0);
let p4: v128 = i64x2.splat(0);
let p3: v128 = i64x2.splat(0);
let p2: v128 = i64x2.splat(0);
let p1: v128 = i64x2.splat(0);
let one: v128 = i64x2.splat(0);

function prepareSigmoid(): void {
  // Beyond, the result is 0 or 1 to a float's precision.
  least = f32x4.splat(-18);
  most = f32x4.splat(18);
  factor = f32x4.splat(-Mathf.LOG2E);
  // 1.5 · 2^23: adding it rounds to an integer, which its bits then end with; and 127, so that this is the exponent of a float.
  rounder = f32x4.splat(12582912 + 127);
  p5 = f32x4.splat(1.326473e-3);
  p4 = f32x4.splat(9.67151e-3);
  p3 = f32x4.splat(5.550734e-2);
  p2 = f32x4.splat(0.24022242);
  p1 = f32x4.splat(0.69314698);
  one = f32x4.splat(1);
}

/** Four values; NaN stays NaN. @inline */
function sigmoid4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, least), most);
  const shifted = madd(x, factor, rounder);
  const f = madd(x, factor, f32x4.sub(rounder, shifted));
  let p = madd(p5, f, p4);
  p = madd(p, f, p3);
  p = madd(p, f, p2);
  p = madd(p, f, p1);
  p = madd(p, f, one);
  return f32x4.div(one, madd(p, i32x4.shl(shifted, 23), one));
}

/** Replaces values, a multiple of four, by their logistic function. */
export function sigmoidRow(y: usize, end: usize): void {
  prepareSigmoid();
  for (; y + 32 <= end; y += 32) {
    v128.store(y, sigmoid4(v128.load(y)));
    v128.store(y, sigmoid4(v128.load(y, 16)), 16);
  }
  if (y < end) v128.store(y, sigmoid4(v128.load(y)));
}
