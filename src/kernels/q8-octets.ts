/**
 * The integer matrix product by octets: see q8-tiles.ts.
 */
import { finishTile } from "./q8-finish";
import { resultBytes } from "./q8-requant";
import { EXTRA_BYTES, storeSums, tapWeights } from "./q8-tiles";
import { splat0, splat1 } from "./simd";

/** Two steps of four K, added in 16 bits. @inline */
export function octet(b0: v128, x0: v128, b1: v128, x1: v128): v128 {
  return i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(b0, x0), i16x8.relaxed_dot_i8x16_i7x16_s(b1, x1));
}

/** Eight K of a row, where they are an octet: both quads by one load, which is checked once. @inline */
function eightOf(matched: bool, row: usize): v128 {
  return matched ? i64x2.splat(0) : v128.load64_zero(row);
}

/** The first quad of an octet of a row, four columns over; `p` is where it lies if `matched`. @inline */
function firstQuad(matched: bool, eight: v128, row: usize, p: usize): v128 {
  return matched ? v128.load32_splat(row + p) : splat0(eight);
}

/** The second one. @inline */
function secondQuad(matched: bool, eight: v128, row: usize, q: usize): v128 {
  return matched ? v128.load32_splat(row + q) : splat1(eight);
}

/** Up to four rows; `matched`: tiles have orders of their own. @inline */
function fourRows(
  matched: bool,
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
  extras: usize,
): void {
  // Rows that do not exist repeat the last one that does.
  const r1 = rows > 1 ? a + lda : a;
  const r2 = rows > 2 ? r1 + lda : r1;
  const r3 = rows > 3 ? r2 + lda : r2;
  const columnBytes: usize = raw ? 32 : resultBytes();
  const ones = i16x8.splat(1);
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
    let extra = extras + load<u32>(b, 32);
    const lastExtra = extra + <usize>load<u32>(b, 36) * EXTRA_BYTES;
    let order = matched ? extras + <usize>load<u32>(b, 44) : 0;
    b = tapWeights(b);
    let a0 = a;
    let a1 = r1;
    let a2 = r2;
    let a3 = r3;
    let p: usize = 0;
    let q: usize = 0;
    for (const stop = b + ((<usize>k) << 3); b !== stop; b += 64) {
      if (matched) {
        const both = <usize>load<u32>(order);
        p = both & 0xffff;
        q = both >> 16;
        order += 4;
      }
      const b00 = v128.load(b);
      const b01 = v128.load(b, 16);
      const b10 = v128.load(b, 32);
      const b11 = v128.load(b, 48);
      let eight = eightOf(matched, a0);
      let x = firstQuad(matched, eight, a0, p);
      let z = secondQuad(matched, eight, a0, q);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(octet(b00, x, b10, z), ones));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(octet(b01, x, b11, z), ones));
      eight = eightOf(matched, a1);
      x = firstQuad(matched, eight, a1, p);
      z = secondQuad(matched, eight, a1, q);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(octet(b00, x, b10, z), ones));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(octet(b01, x, b11, z), ones));
      eight = eightOf(matched, a2);
      x = firstQuad(matched, eight, a2, p);
      z = secondQuad(matched, eight, a2, q);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(octet(b00, x, b10, z), ones));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(octet(b01, x, b11, z), ones));
      eight = eightOf(matched, a3);
      x = firstQuad(matched, eight, a3, p);
      z = secondQuad(matched, eight, a3, q);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(octet(b00, x, b10, z), ones));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(octet(b01, x, b11, z), ones));
      if (!matched) {
        a0 += 8;
        a1 += 8;
        a2 += 8;
        a3 += 8;
      }
    }
    for (; extra < lastExtra; extra += EXTRA_BYTES) {
      const at = <usize>load<u32>(extra);
      const b0 = v128.load(extra, 4);
      const b1 = v128.load(extra, 20);
      let x = v128.load32_splat(a + at);
      s00 = i32x4.add(s00, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b0, x), ones));
      s01 = i32x4.add(s01, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b1, x), ones));
      x = v128.load32_splat(r1 + at);
      s10 = i32x4.add(s10, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b0, x), ones));
      s11 = i32x4.add(s11, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b1, x), ones));
      x = v128.load32_splat(r2 + at);
      s20 = i32x4.add(s20, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b0, x), ones));
      s21 = i32x4.add(s21, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b1, x), ones));
      x = v128.load32_splat(r3 + at);
      s30 = i32x4.add(s30, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b0, x), ones));
      s31 = i32x4.add(s31, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(b1, x), ones));
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

export function octets4(
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
  extras: usize,
): void {
  fourRows(false, rows, columns, k, a, lda, tile, tileBytes, tap, c, ldc, raw, r, ldr, extras);
}

export function matched4(
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
  extras: usize,
): void {
  fourRows(true, rows, columns, k, a, lda, tile, tileBytes, tap, c, ldc, raw, r, ldr, extras);
}
