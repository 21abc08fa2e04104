/**
 * The integer matrix product's tile by quads: see q8-tiles.ts.
 */
import { end, start, TAP_HEADER } from "./q8-tiles";

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
  flip: v128,
): void {
  const r1 = rows > 1 ? a + lda : a;
  const r2 = rows > 2 ? r1 + lda : r1;
  const r3 = rows > 3 ? r2 + lda : r2;
  const columnBytes: usize = raw ? 32 : 8;
  for (; columns > 0; columns -= 8) {
    const c1 = rows > 1 ? c + ldc : c;
    const c2 = rows > 2 ? c1 + ldc : c1;
    const c3 = rows > 3 ? c2 + ldc : c2;
    let b = tile + tap;
    const correction0 = v128.load(b);
    const correction1 = v128.load(b, 16);
    let s00: v128;
    let s01: v128;
    let s10: v128;
    let s11: v128;
    let s20: v128;
    let s21: v128;
    let s30: v128;
    let s31: v128;
    if (raw) {
      s00 = start(v128.load(c), correction0);
      s01 = start(v128.load(c, 16), correction1);
      s10 = start(v128.load(c1), correction0);
      s11 = start(v128.load(c1, 16), correction1);
      s20 = start(v128.load(c2), correction0);
      s21 = start(v128.load(c2, 16), correction1);
      s30 = start(v128.load(c3), correction0);
      s31 = start(v128.load(c3, 16), correction1);
    } else {
      s00 = start(v128.load(tile, 32), correction0);
      s01 = start(v128.load(tile, 48), correction1);
      s10 = s00;
      s11 = s01;
      s20 = s00;
      s21 = s01;
      s30 = s00;
      s31 = s01;
    }
    b += TAP_HEADER;
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
    const scale0 = v128.load(tile);
    const scale1 = v128.load(tile, 16);
    end(s30, s31, raw, scale0, scale1, c3);
    end(s20, s21, raw, scale0, scale1, c2);
    end(s10, s11, raw, scale0, scale1, c1);
    end(s00, s01, raw, scale0, scale1, c);
    c += columnBytes;
    tile += tileBytes;
  }
}
