/**
 * e^x for vectors of floats: range reduction by powers of two, then Cephes' polynomial of degree 5 (expf.c); within 2 units in the last place between
 * -87.33 and 88.37, and constant beyond (nearly the least and nearly the largest normal float).
 *
 * Its constants are globals that {@link prepareExp} sets: V8 makes a constant vector anew wherever it is used, in three instructions, where a
 * global is one load.
 */
import { madd } from "./simd";

let least: v128 = i64x2.splat(0);
let most: v128 = i64x2.splat(0);
let log2e: v128 = i64x2.splat(0);
let rounder: v128 = i64x2.splat(0);
let ln2High: v128 = i64x2.splat(0);
let ln2Low: v128 = i64x2.splat(0);
let p5: v128 = i64x2.splat(0);
let p4: v128 = i64x2.splat(0);
let p3: v128 = i64x2.splat(0);
let p2: v128 = i64x2.splat(0);
let p1: v128 = i64x2.splat(0);
let p0: v128 = i64x2.splat(0);
let one: v128 = i64x2.splat(0);
let exponentBias: v128 = i64x2.splat(0);

/** To be called before {@link exp4}, once in a kernel's run. */
export function prepareExp(): void {
  least = f32x4.splat(-87.33);
  most = f32x4.splat(88.37);
  log2e = f32x4.splat(Mathf.LOG2E);
  // 1.5 · 2^23: adding it rounds to an integer, which its bits then end with.
  rounder = f32x4.splat(12582912);
  // ln 2 in two parts, so that n · ln 2 is exact to more than a float.
  ln2High = f32x4.splat(-0.693359375);
  ln2Low = f32x4.splat(2.1219444e-4);
  p5 = f32x4.splat(1.98756915e-4);
  p4 = f32x4.splat(1.3981999507e-3);
  p3 = f32x4.splat(8.3334519073e-3);
  p2 = f32x4.splat(4.1665795894e-2);
  p1 = f32x4.splat(1.6666665459e-1);
  p0 = f32x4.splat(5.0000001201e-1);
  one = f32x4.splat(1);
  // The rounder's bits off, the exponent's bias on.
  exponentBias = i32x4.splat(0x4b400000 - 127);
}

/** e^x of four floats. NaN stays NaN. @inline */
export function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, least), most);
  const shifted = f32x4.add(f32x4.mul(x, log2e), rounder);
  const n = f32x4.sub(shifted, rounder);
  let r = madd(n, ln2High, x);
  r = madd(n, ln2Low, r);
  let p = madd(p5, r, p4);
  p = madd(p, r, p3);
  p = madd(p, r, p2);
  p = madd(p, r, p1);
  p = madd(p, r, p0);
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), one);
  return f32x4.mul(p, i32x4.shl(i32x4.sub(shifted, exponentBias), 23));
}
