/**
 * e^x for vectors of floats: Cephes' expf (range reduction by powers of two, polynomial of degree 5), within 2 units in the last place
 * between -87.3 and 88.7; beyond, it saturates to nearly 0 and to nearly the largest float.
 */
import { madd } from "./simd";

export function exp4(x: v128): v128 {
  // Where 2^n would leave the normal floats.
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.33654)), f32x4.splat(88.72283));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(Mathf.LOG2E)));
  // ln 2 in two parts, so that n · ln 2 is exact to more than a float.
  let r = madd(n, f32x4.splat(-0.693359375), x);
  r = madd(n, f32x4.splat(2.1219444e-4), r);
  let p = f32x4.splat(1.98756915e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  // 2^n by the exponent's bits; n = 128 is split in two factors.
  const e = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(e, 1);
  const bias = i32x4.splat(127);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(e, half), bias), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}
