/**
 * Transforms of Winograd's minimal filtering F(4×4, 3×3): Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2015), with the
 * interpolation points 0, ±1, ±2. One-dimensional steps on vectors of four channels, from memory to memory.
 *
 * Each takes the address of its first operand and the distance between operands, of its first result and the distance between results.
 */
import { madd } from "./simd";

// Constants are globals: see exp.ts.
let two: v128 = i64x2.splat(0);
let four: v128 = i64x2.splat(0);
let five: v128 = i64x2.splat(0);
let eight: v128 = i64x2.splat(0);
let quarter: v128 = i64x2.splat(0);
let sixth: v128 = i64x2.splat(0);
let twelfth: v128 = i64x2.splat(0);
let twentyFourth: v128 = i64x2.splat(0);

/** To be called once in a kernel's run, before the transforms. */
export function prepareWinograd(): void {
  two = f32x4.splat(2);
  four = f32x4.splat(4);
  five = f32x4.splat(5);
  eight = f32x4.splat(8);
  quarter = f32x4.splat(0.25);
  sixth = f32x4.splat(1.0 / 6.0);
  twelfth = f32x4.splat(1.0 / 12.0);
  twentyFourth = f32x4.splat(1.0 / 24.0);
}

/** Six values of the input: Bᵀ d. */
export function transformInput(x: usize, step: usize, y: usize, out: usize): void {
  const d0 = v128.load(x);
  const d1 = v128.load(x + step);
  const d2 = v128.load(x + 2 * step);
  const d3 = v128.load(x + 3 * step);
  const d4 = v128.load(x + 4 * step);
  const d5 = v128.load(x + 5 * step);
  // d4 - 4 d2, d3 - 4 d1; d4 - d2, 2 (d3 - d1)
  const a = f32x4.sub(d4, f32x4.mul(d2, four));
  const b = f32x4.sub(d3, f32x4.mul(d1, four));
  const c = f32x4.sub(d4, d2);
  const e = f32x4.mul(f32x4.sub(d3, d1), two);
  v128.store(y, f32x4.add(f32x4.sub(f32x4.mul(d0, four), f32x4.mul(d2, five)), d4));
  v128.store(y + out, f32x4.add(a, b));
  v128.store(y + 2 * out, f32x4.sub(a, b));
  v128.store(y + 3 * out, f32x4.add(c, e));
  v128.store(y + 4 * out, f32x4.sub(c, e));
  v128.store(y + 5 * out, f32x4.add(f32x4.sub(f32x4.mul(d1, four), f32x4.mul(d3, five)), d5));
}

/** Three weights: G g. */
export function transformWeights(x: usize, step: usize, y: usize, out: usize): void {
  const g0 = v128.load(x);
  const g1 = v128.load(x + step);
  const g2 = v128.load(x + 2 * step);
  const outer = f32x4.mul(f32x4.add(g0, g2), sixth);
  const inner = f32x4.mul(g1, sixth);
  const wide = madd(g0, twentyFourth, f32x4.mul(g2, sixth));
  const middle = f32x4.mul(g1, twelfth);
  v128.store(y, f32x4.mul(g0, quarter));
  v128.store(y + out, f32x4.neg(f32x4.add(outer, inner)));
  v128.store(y + 2 * out, f32x4.sub(inner, outer));
  v128.store(y + 3 * out, f32x4.add(wide, middle));
  v128.store(y + 4 * out, f32x4.sub(wide, middle));
  v128.store(y + 5 * out, g2);
}

/** Six products: Aᵀ m, four results. */
export function transformOutput(x: usize, step: usize, y: usize, out: usize): void {
  const m0 = v128.load(x);
  const m1 = v128.load(x + step);
  const m2 = v128.load(x + 2 * step);
  const m3 = v128.load(x + 3 * step);
  const m4 = v128.load(x + 4 * step);
  const m5 = v128.load(x + 5 * step);
  const a = f32x4.add(m1, m2);
  const b = f32x4.sub(m1, m2);
  const c = f32x4.add(m3, m4);
  const e = f32x4.sub(m3, m4);
  v128.store(y, f32x4.add(f32x4.add(m0, a), c));
  v128.store(y + out, madd(e, two, b));
  v128.store(y + 2 * out, madd(c, four, a));
  v128.store(y + 3 * out, f32x4.add(madd(e, eight, b), m5));
}
