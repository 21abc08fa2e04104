/**
 * Four rows × the last four columns of a product, where a tile's other four are padding: they are not multiplied. Even and odd K are summed apart, so
 * that eight additions are under way.
 */
import { activate } from "./activation";
import { madd, splat0, splat1, splat2, splat3 } from "./simd";

/** Adds the residual, activates and stores. @inline */
function finishFour(s: v128, c: usize, res: usize, finish: bool): void {
  if (res) s = f32x4.add(s, v128.load(res));
  v128.store(c, finish ? activate(s) : s);
}

/** Arguments as those of `strips4` in gemm-tiles.ts, for one tile and one turn. */
export function row4Narrow(
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  bias: usize,
  c: usize,
  ldc: usize,
  res: usize,
  ldr: usize,
  finish: bool,
): void {
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  const c3 = c2 + ldc;
  let a1 = a + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let s0 = v128.load(bias ? bias : c);
  let s1 = bias ? s0 : v128.load(c1);
  let s2 = bias ? s0 : v128.load(c2);
  let s3 = bias ? s0 : v128.load(c3);
  let t0 = i64x2.splat(0);
  let t1 = t0;
  let t2 = t0;
  let t3 = t0;
  for (const end = a + <usize>k * 4; a !== end; a += 16) {
    const x0 = v128.load(a);
    const x1 = v128.load(a1);
    const x2 = v128.load(a2);
    const x3 = v128.load(a3);
    let b = v128.load(w);
    s0 = madd(splat0(x0), b, s0);
    s1 = madd(splat0(x1), b, s1);
    s2 = madd(splat0(x2), b, s2);
    s3 = madd(splat0(x3), b, s3);
    b = v128.load(w, 32);
    t0 = madd(splat1(x0), b, t0);
    t1 = madd(splat1(x1), b, t1);
    t2 = madd(splat1(x2), b, t2);
    t3 = madd(splat1(x3), b, t3);
    b = v128.load(w, 64);
    s0 = madd(splat2(x0), b, s0);
    s1 = madd(splat2(x1), b, s1);
    s2 = madd(splat2(x2), b, s2);
    s3 = madd(splat2(x3), b, s3);
    b = v128.load(w, 96);
    t0 = madd(splat3(x0), b, t0);
    t1 = madd(splat3(x1), b, t1);
    t2 = madd(splat3(x2), b, t2);
    t3 = madd(splat3(x3), b, t3);
    a1 += 16;
    a2 += 16;
    a3 += 16;
    w += 128;
  }
  finishFour(f32x4.add(s0, t0), c, res, finish);
  finishFour(f32x4.add(s1, t1), c1, res ? res + ldr : 0, finish);
  finishFour(f32x4.add(s2, t2), c2, res ? res + 2 * ldr : 0, finish);
  finishFour(f32x4.add(s3, t3), c3, res ? res + 3 * ldr : 0, finish);
}
