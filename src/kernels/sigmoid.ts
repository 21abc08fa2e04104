/**
 * The logistic function as onnxruntime computes it (MlasLogisticKernel; the coefficients are Eigen's): an odd rational function of degree 9 over 10,
 * plus a half; within 1.7e-7 of the true value. Its two polynomials wait for nothing but x, where 1 / (1 + e^-x) is one chain, twice as long.
 *
 * The constants are globals for the reason that those of `exp.ts` are.
 */
import { madd } from "./simd";

let least: v128 = i64x2.splat(0);
let most: v128 = i64x2.splat(0);
let p9: v128 = i64x2.splat(0);
let p7: v128 = i64x2.splat(0);
let p5: v128 = i64x2.splat(0);
let p3: v128 = i64x2.splat(0);
let p1: v128 = i64x2.splat(0);
let q10: v128 = i64x2.splat(0);
let q8: v128 = i64x2.splat(0);
let q6: v128 = i64x2.splat(0);
let q4: v128 = i64x2.splat(0);
let q2: v128 = i64x2.splat(0);
let q0: v128 = i64x2.splat(0);
let half: v128 = i64x2.splat(0);
let one: v128 = i64x2.splat(0);

function prepareSigmoid(): void {
  // Beyond, the result is 0 or 1 to a float's precision.
  least = f32x4.splat(-18);
  most = f32x4.splat(18);
  p9 = f32x4.splat(4.37031012579801e-11);
  p7 = f32x4.splat(1.15627324459942e-7);
  p5 = f32x4.splat(6.08574864600143e-5);
  p3 = f32x4.splat(8.51377133304701e-3);
  p1 = f32x4.splat(2.48287947061529e-1);
  q10 = f32x4.splat(6.10247389755681e-13);
  q8 = f32x4.splat(5.76102136993427e-9);
  q6 = f32x4.splat(6.2910678501704e-6);
  q4 = f32x4.splat(1.70198817374094e-3);
  q2 = f32x4.splat(1.16817656904453e-1);
  q0 = f32x4.splat(9.9315192102318e-1);
  half = f32x4.splat(0.5);
  one = f32x4.splat(1);
}

/** Four values; NaN stays NaN. @inline */
function sigmoid4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, least), most);
  const s = f32x4.mul(x, x);
  let p = madd(p9, s, p7);
  let q = madd(q10, s, q8);
  p = madd(p, s, p5);
  q = madd(q, s, q6);
  p = madd(p, s, p3);
  q = madd(q, s, q4);
  p = f32x4.mul(madd(p, s, p1), x);
  q = madd(madd(q, s, q2), s, q0);
  return f32x4.pmin(f32x4.pmax(f32x4.add(f32x4.div(p, q), half), i64x2.splat(0)), one);
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
