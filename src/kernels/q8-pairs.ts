/**
 * The integer matrix product by pairs: see q8-tiles.ts.
 */
import { finishTile } from "./q8-finish";
import { finish8, resultBytes } from "./q8-requant";
import { storeSums, tapWeights } from "./q8-tiles";

export function pairs4(
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
      const x0 = v128.load_ext<u8>(a0);
      const x1 = v128.load_ext<u8>(a1);
      const x2 = v128.load_ext<u8>(a2);
      const x3 = v128.load_ext<u8>(a3);
      let b0 = v128.load_ext<i8>(b);
      let b1 = v128.load_ext<i8>(b, 8);
      let x = v128.shuffle<i32>(x0, x0, 0, 0, 0, 0);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x1, x1, 0, 0, 0, 0);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x2, x2, 0, 0, 0, 0);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x3, x3, 0, 0, 0, 0);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
      b0 = v128.load_ext<i8>(b, 16);
      b1 = v128.load_ext<i8>(b, 24);
      x = v128.shuffle<i32>(x0, x0, 1, 1, 1, 1);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x1, x1, 1, 1, 1, 1);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x2, x2, 1, 1, 1, 1);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x3, x3, 1, 1, 1, 1);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
      b0 = v128.load_ext<i8>(b, 32);
      b1 = v128.load_ext<i8>(b, 40);
      x = v128.shuffle<i32>(x0, x0, 2, 2, 2, 2);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x1, x1, 2, 2, 2, 2);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x2, x2, 2, 2, 2, 2);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x3, x3, 2, 2, 2, 2);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
      b0 = v128.load_ext<i8>(b, 48);
      b1 = v128.load_ext<i8>(b, 56);
      x = v128.shuffle<i32>(x0, x0, 3, 3, 3, 3);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(x, b0));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x1, x1, 3, 3, 3, 3);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(x, b0));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x2, x2, 3, 3, 3, 3);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(x, b0));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(x, b1));
      x = v128.shuffle<i32>(x3, x3, 3, 3, 3, 3);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(x, b0));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(x, b1));
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
export function pairs1(
  columns: i32,
  k: i32,
  a: usize,
  tile: usize,
  tileBytes: usize,
  tap: usize,
  c: usize,
  raw: bool,
  r: usize,
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
      const row = v128.load_ext<u8>(a0);
      let x = v128.shuffle<i32>(row, row, 0, 0, 0, 0);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 8)));
      x = v128.shuffle<i32>(row, row, 1, 1, 1, 1);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 16)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 24)));
      x = v128.shuffle<i32>(row, row, 2, 2, 2, 2);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 32)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 40)));
      x = v128.shuffle<i32>(row, row, 3, 3, 3, 3);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 48)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x, v128.load_ext<i8>(b, 56)));
      b += 64;
    }
    if (raw) storeSums(s0, s1, c);
    else finish8(s0, s1, v128.load(tile), v128.load(tile, 16), c, r);
    c += columnBytes;
    if (r) r += 8;
    tile += tileBytes;
  }
}
