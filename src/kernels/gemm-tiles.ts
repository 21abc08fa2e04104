/**
 * Register tiles of the float matrix product: 4, 3, 2 or 1 rows × 8 columns, over a run of K.
 *
 * Their shape comes from what V8 does in workerd: 15 vector registers, and a bounds check (compare and branch) before every load. So A
 * is loaded four K at a time and its lanes are spread by shuffles: 12 loads for 32 multiply-adds. 4 × 8 so reaches 92 % of the
 * register-only peak; 6 × 8 with a splatting load for each K, which wins where accesses are not checked, 65 %. With
 * fewer rows the sums are split over K, so that eight additions are under way at any time.
 *
 * Common arguments: `k` (a multiple of 4) floats of A's rows; `w` the tile's K-rows of 8 weights; `bias` the 8 numbers to start from, or 0 to
 * start from C (a later run of K); `res` the residual (0: none); `finish` whether to activate (in the last run, where the activation's first part
 * changes anything); `wide` whether all 8 columns are wanted, or only the first 4.
 */
import { activate, formula, gated } from "./activation";
import { row4Narrow } from "./gemm-narrow";
import { madd, splat0, splat1, splat2, splat3 } from "./simd";

/** What a row's sums start from, columns 0–3. @inline */
function start0(bias: usize, c: usize): v128 {
  return bias ? v128.load(bias) : v128.load(c);
}

/** What a row's sums start from, columns 4–7. @inline */
function start1(bias: usize, c: usize, wide: bool): v128 {
  return bias ? v128.load(bias, 16) : wide ? v128.load(c, 16) : i64x2.splat(0);
}

/** Adds the residual, activates and stores a row. */
function finishRow(s0: v128, s1: v128, c: usize, res: usize, finish: bool, wide: bool): void {
  if (res) s0 = f32x4.add(s0, v128.load(res));
  v128.store(c, finish ? activate(s0) : s0);
  if (wide) {
    if (res) s1 = f32x4.add(s1, v128.load(res, 16));
    v128.store(c, finish ? activate(s1) : s1, 16);
  }
}

/** Stores 8 columns of a row. @inline */
function storeRow(s0: v128, s1: v128, c: usize): void {
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

/** x · the activation's formula of x. @inline */
function gatedFormula(x: v128): v128 {
  return f32x4.mul(x, formula(x));
}

/**
 * Loads once, before a loop, at the offsets with which most of the loop's loads are made: V8 then has the limits that it compares addresses
 * with, and does not compute them anew in every turn. (4 % of the whole; touching all offsets costs registers instead.)
 * @inline
 */
function touch(w: usize): void {
  v128.load(w);
  v128.load(w, 16);
}

/** Address of the residual of the next rows. @inline */
function advance(res: usize, bytes: usize): usize {
  return res ? res + bytes : 0;
}

/**
 * `turns` times four rows, `apart` rows from each other, × `columns` columns, a multiple of 4; tiles of weights are `tileBytes` apart. `bias`: that of
 * the first tile, or 0.
 */
export function strips4(
  turns: i32,
  apart: i32,
  columns: i32,
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  tileBytes: usize,
  bias: usize,
  c: usize,
  ldc: usize,
  res: usize,
  ldr: usize,
  finish: bool,
): void {
  const gate = gated;
  const stepA = <usize>apart * lda;
  const stepC = <usize>apart * ldc;
  const stepR = <usize>apart * ldr;
  for (; turns > 0; turns--) {
    const ra1 = a + stepA;
    const ra2 = ra1 + stepA;
    const ra3 = ra2 + stepA;
    let tile = w;
    let start = bias;
    let to = c;
    let add = res;
    let left = columns;
    for (; left > 4; left -= 8) {
      const c1 = to + stepC;
      const c2 = c1 + stepC;
      const c3 = c2 + stepC;
      let s00: v128;
      let s01: v128;
      let s10: v128;
      let s11: v128;
      let s20: v128;
      let s21: v128;
      let s30: v128;
      let s31: v128;
      if (start) {
        s00 = v128.load(start);
        s01 = v128.load(start, 16);
        s10 = s00;
        s11 = s01;
        s20 = s00;
        s21 = s01;
        s30 = s00;
        s31 = s01;
        start += tileBytes;
      } else {
        s00 = v128.load(to);
        s10 = v128.load(c1);
        s20 = v128.load(c2);
        s30 = v128.load(c3);
        s01 = v128.load(to, 16);
        s11 = v128.load(c1, 16);
        s21 = v128.load(c2, 16);
        s31 = v128.load(c3, 16);
      }
      touch(tile);
      let a0 = a;
      let a1 = ra1;
      let a2 = ra2;
      let a3 = ra3;
      let b = tile;
      for (const end = a0 + <usize>k * 4; a0 !== end; a0 += 16) {
        const x0 = v128.load(a0);
        const x1 = v128.load(a1);
        const x2 = v128.load(a2);
        const x3 = v128.load(a3);
        let b0 = v128.load(b);
        let b1 = v128.load(b, 16);
        let x = splat0(x0);
        s00 = madd(x, b0, s00);
        s01 = madd(x, b1, s01);
        x = splat0(x1);
        s10 = madd(x, b0, s10);
        s11 = madd(x, b1, s11);
        x = splat0(x2);
        s20 = madd(x, b0, s20);
        s21 = madd(x, b1, s21);
        x = splat0(x3);
        s30 = madd(x, b0, s30);
        s31 = madd(x, b1, s31);
        b0 = v128.load(b, 32);
        b1 = v128.load(b, 48);
        x = splat1(x0);
        s00 = madd(x, b0, s00);
        s01 = madd(x, b1, s01);
        x = splat1(x1);
        s10 = madd(x, b0, s10);
        s11 = madd(x, b1, s11);
        x = splat1(x2);
        s20 = madd(x, b0, s20);
        s21 = madd(x, b1, s21);
        x = splat1(x3);
        s30 = madd(x, b0, s30);
        s31 = madd(x, b1, s31);
        b0 = v128.load(b, 64);
        b1 = v128.load(b, 80);
        x = splat2(x0);
        s00 = madd(x, b0, s00);
        s01 = madd(x, b1, s01);
        x = splat2(x1);
        s10 = madd(x, b0, s10);
        s11 = madd(x, b1, s11);
        x = splat2(x2);
        s20 = madd(x, b0, s20);
        s21 = madd(x, b1, s21);
        x = splat2(x3);
        s30 = madd(x, b0, s30);
        s31 = madd(x, b1, s31);
        b0 = v128.load(b, 96);
        b1 = v128.load(b, 112);
        x = splat3(x0);
        s00 = madd(x, b0, s00);
        s01 = madd(x, b1, s01);
        x = splat3(x1);
        s10 = madd(x, b0, s10);
        s11 = madd(x, b1, s11);
        x = splat3(x2);
        s20 = madd(x, b0, s20);
        s21 = madd(x, b1, s21);
        x = splat3(x3);
        s30 = madd(x, b0, s30);
        s31 = madd(x, b1, s31);
        a1 += 16;
        a2 += 16;
        a3 += 16;
        b += 128;
      }
      if (add) {
        const r1 = add + stepR;
        const r2 = r1 + stepR;
        const r3 = r2 + stepR;
        s00 = f32x4.add(s00, v128.load(add));
        s01 = f32x4.add(s01, v128.load(add, 16));
        s10 = f32x4.add(s10, v128.load(r1));
        s11 = f32x4.add(s11, v128.load(r1, 16));
        s20 = f32x4.add(s20, v128.load(r2));
        s21 = f32x4.add(s21, v128.load(r2, 16));
        s30 = f32x4.add(s30, v128.load(r3));
        s31 = f32x4.add(s31, v128.load(r3, 16));
        add += 32;
      }
      // Without a branch for each row: the formula's parameters are then loaded once.
      if (!finish) {
        storeRow(s00, s01, to);
        storeRow(s10, s11, c1);
        storeRow(s20, s21, c2);
        storeRow(s30, s31, c3);
      } else if (gate) {
        storeRow(gatedFormula(s00), gatedFormula(s01), to);
        storeRow(gatedFormula(s10), gatedFormula(s11), c1);
        storeRow(gatedFormula(s20), gatedFormula(s21), c2);
        storeRow(gatedFormula(s30), gatedFormula(s31), c3);
      } else {
        storeRow(formula(s00), formula(s01), to);
        storeRow(formula(s10), formula(s11), c1);
        storeRow(formula(s20), formula(s21), c2);
        storeRow(formula(s30), formula(s31), c3);
      }
      to += 32;
      tile += tileBytes;
    }
    if (left > 0) row4Narrow(k, a, stepA, tile, start, to, stepC, add, stepR, finish);
    a += lda;
    c += ldc;
    if (res) res += ldr;
  }
}

/** Three rows. */
export function tile3(
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
  wide: bool,
): void {
  let a0 = a;
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  const c1 = c + ldc;
  const c2 = c1 + ldc;
  let s00 = start0(bias, c);
  let s01 = start1(bias, c, wide);
  let s10 = start0(bias, c1);
  let s11 = start1(bias, c1, wide);
  let s20 = start0(bias, c2);
  let s21 = start1(bias, c2, wide);
  let b = w;
  for (let i = k; i > 0; i -= 4) {
    const x0 = v128.load(a0);
    const x1 = v128.load(a1);
    const x2 = v128.load(a2);
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = splat0(x0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = splat0(x1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    x = splat0(x2);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = splat1(x0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = splat1(x1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    x = splat1(x2);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = splat2(x0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = splat2(x1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    x = splat2(x2);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = splat3(x0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = splat3(x1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    x = splat3(x2);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    a0 += 16;
    a1 += 16;
    a2 += 16;
    b += 128;
  }
  finishRow(s00, s01, c, res, finish, wide);
  finishRow(s10, s11, c1, advance(res, ldr), finish, wide);
  finishRow(s20, s21, c2, advance(res, 2 * ldr), finish, wide);
}

/** Two rows; even and odd K are summed apart. */
export function tile2(
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
  wide: bool,
): void {
  let a0 = a;
  let a1 = a + lda;
  const c1 = c + ldc;
  let s00 = start0(bias, c);
  let s01 = start1(bias, c, wide);
  let s10 = start0(bias, c1);
  let s11 = start1(bias, c1, wide);
  let t00 = i64x2.splat(0);
  let t01 = t00;
  let t10 = t00;
  let t11 = t00;
  let b = w;
  for (let i = k; i > 0; i -= 4) {
    const x0 = v128.load(a0);
    const x1 = v128.load(a1);
    let b0 = v128.load(b);
    let b1 = v128.load(b, 16);
    let x = splat0(x0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = splat0(x1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = splat1(x0);
    t00 = madd(x, b0, t00);
    t01 = madd(x, b1, t01);
    x = splat1(x1);
    t10 = madd(x, b0, t10);
    t11 = madd(x, b1, t11);
    b0 = v128.load(b, 64);
    b1 = v128.load(b, 80);
    x = splat2(x0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = splat2(x1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    b0 = v128.load(b, 96);
    b1 = v128.load(b, 112);
    x = splat3(x0);
    t00 = madd(x, b0, t00);
    t01 = madd(x, b1, t01);
    x = splat3(x1);
    t10 = madd(x, b0, t10);
    t11 = madd(x, b1, t11);
    a0 += 16;
    a1 += 16;
    b += 128;
  }
  finishRow(f32x4.add(s00, t00), f32x4.add(s01, t01), c, res, finish, wide);
  finishRow(f32x4.add(s10, t10), f32x4.add(s11, t11), c1, advance(res, ldr), finish, wide);
}

/** One row (matrix times vector); K is summed in four parts. */
export function tile1(
  k: i32,
  a: usize,
  w: usize,
  bias: usize,
  c: usize,
  res: usize,
  finish: bool,
  wide: bool,
): void {
  let s0 = start0(bias, c);
  let s1 = start1(bias, c, wide);
  let t0 = i64x2.splat(0);
  let t1 = t0;
  let u0 = t0;
  let u1 = t0;
  let v0 = t0;
  let v1 = t0;
  for (let i = k; i > 0; i -= 4) {
    const x0 = v128.load(a);
    let x = splat0(x0);
    s0 = madd(x, v128.load(w), s0);
    s1 = madd(x, v128.load(w, 16), s1);
    x = splat1(x0);
    t0 = madd(x, v128.load(w, 32), t0);
    t1 = madd(x, v128.load(w, 48), t1);
    x = splat2(x0);
    u0 = madd(x, v128.load(w, 64), u0);
    u1 = madd(x, v128.load(w, 80), u1);
    x = splat3(x0);
    v0 = madd(x, v128.load(w, 96), v0);
    v1 = madd(x, v128.load(w, 112), v1);
    a += 16;
    w += 128;
  }
  s0 = f32x4.add(f32x4.add(s0, t0), f32x4.add(u0, v0));
  s1 = f32x4.add(f32x4.add(s1, t1), f32x4.add(u1, v1));
  finishRow(s0, s1, c, res, finish, wide);
}
