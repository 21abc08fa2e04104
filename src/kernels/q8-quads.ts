/**
 * The integer matrix product by quads: see q8-tiles.ts. `flip` is what the activations are xored with.
 */
import { finishTile } from "./q8-finish";
import { finish8, resultBytes } from "./q8-requant";
import { storeSums, tapWeights } from "./q8-tiles";

export function quads4(
  rows: i32,
  columns: i32,
  k: i32,
  a: usize,
  lda: usize,
  tile: usize,
  tileBytes: usize,
  tap: usize,
  c: usize,
  ldc: usize,
  raw: bool,
  r: usize,
  ldr: usize,
  flip: v128,
): void {
  // Rows that do not exist repeat the last one that does.
  const r1 = rows > 1 ? a + lda : a;
  const r2 = rows > 2 ? r1 + lda : r1;
  const r3 = rows > 3 ? r2 + lda : r2;
  const columnBytes: usize = raw ? 32 : resultBytes();
  for (; columns > 0; columns -= 8) {
    let c1: usize = 0;
    let c2: usize = 0;
    let c3: usize = 0;
    let b = tile + tap;
    let s00: v128;
    let s01: v128;
    let s10: v128;
    let s11: v128;
    let s20: v128;
    let s21: v128;
    let s30: v128;
    let s31: v128;
    if (raw) {
      c1 = rows > 1 ? c + ldc : c;
      c2 = rows > 2 ? c1 + ldc : c1;
      c3 = rows > 3 ? c2 + ldc : c2;
      const correction0 = v128.load(b);
      const correction1 = v128.load(b, 16);
      s00 = i32x4.add(v128.load(c), correction0);
      s01 = i32x4.add(v128.load(c, 16), correction1);
      s10 = i32x4.add(v128.load(c1), correction0);
      s11 = i32x4.add(v128.load(c1, 16), correction1);
      s20 = i32x4.add(v128.load(c2), correction0);
      s21 = i32x4.add(v128.load(c2, 16), correction1);
      s30 = i32x4.add(v128.load(c3), correction0);
      s31 = i32x4.add(v128.load(c3, 16), correction1);
    } else {
      s00 = v128.load(tile, 32);
      s01 = v128.load(tile, 48);
      s10 = s00;
      s11 = s01;
      s20 = s00;
      s21 = s01;
      s30 = s00;
      s31 = s01;
    }
    b = tapWeights(b);
    let a0 = a;
    let a1 = r1;
    let a2 = r2;
    let a3 = r3;
    for (const stop = a0 + <usize>k; a0 !== stop; a0 += 8) {
      let b0 = v128.load(b);
      let b1 = v128.load(b, 16);
      let x = v128.xor(v128.load32_splat(a0), flip);
      s00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s00);
      s01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s01);
      x = v128.xor(v128.load32_splat(a1), flip);
      s10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s10);
      s11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s11);
      x = v128.xor(v128.load32_splat(a2), flip);
      s20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s20);
      s21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s21);
      x = v128.xor(v128.load32_splat(a3), flip);
      s30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s30);
      s31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s31);
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      x = v128.xor(v128.load32_splat(a0, 4), flip);
      s00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s00);
      s01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s01);
      x = v128.xor(v128.load32_splat(a1, 4), flip);
      s10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s10);
      s11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s11);
      x = v128.xor(v128.load32_splat(a2, 4), flip);
      s20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s20);
      s21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s21);
      x = v128.xor(v128.load32_splat(a3, 4), flip);
      s30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, s30);
      s31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, s31);
      a1 += 8;
      a2 += 8;
      a3 += 8;
      b += 64;
    }
    if (raw) {
      // The last row first: rows that repeat it are then written over by what belongs there.
      storeSums(s30, s31, c3);
      storeSums(s20, s21, c2);
      storeSums(s10, s11, c1);
      storeSums(s00, s01, c);
    } else {
      finishTile(rows, s00, s01, s10, s11, s20, s21, s30, s31, tile, c, ldc, r, ldr);
    }
    c += columnBytes;
    if (r) r += 8;
    tile += tileBytes;
  }
}

/** A single row. */
export function quads1(
  columns: i32,
  k: i32,
  a: usize,
  tile: usize,
  tileBytes: usize,
  tap: usize,
  c: usize,
  raw: bool,
  r: usize,
  flip: v128,
): void {
  const columnBytes: usize = raw ? 32 : resultBytes();
  for (; columns > 0; columns -= 8) {
    let b = tile + tap;
    let s0 = v128.load(tile, 32);
    let s1 = v128.load(tile, 48);
    if (raw) {
      s0 = i32x4.add(v128.load(c), v128.load(b));
      s1 = i32x4.add(v128.load(c, 16), v128.load(b, 16));
    }
    b = tapWeights(b);
    let a0 = a;
    for (const stop = a0 + <usize>k; a0 !== stop; a0 += 8) {
      let x = v128.xor(v128.load32_splat(a0), flip);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(b), x, s0);
      s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(b, 16), x, s1);
      x = v128.xor(v128.load32_splat(a0, 4), flip);
      s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(b, 32), x, s0);
      s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(b, 48), x, s1);
      b += 64;
    }
    if (raw) storeSums(s0, s1, c);
    else finish8(s0, s1, v128.load(tile), v128.load(tile, 16), c, r);
    c += columnBytes;
    if (r) r += 8;
    tile += tileBytes;
  }
}
