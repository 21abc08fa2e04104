/**
 * The end of a register tile of the integer matrix product: 4 rows × 8 columns of sums to results.
 */
import {
  ceiling,
  finish8,
  HARDSWISH,
  hardswish,
  LINEAR,
  low,
  mode,
  offset,
  rounder,
  scaled,
} from "./q8-requant";

/** Four floats in output steps as integers. The constants are locals of the caller: `low`, `rounder`, `offset`. @inline */
export function integers(x: v128, lo: v128, magic: v128, less: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.pmax(x, lo), magic), less);
}

/** Two rows of eight integers as bytes of at most `most` (`ceiling`), one row in each half. @inline */
export function narrowFour(x0: v128, x1: v128, x2: v128, x3: v128, most: v128): v128 {
  const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(x0, x1), i16x8.narrow_i32x4_s(x2, x3));
  return i8x16.min_u(bytes, most);
}

/**
 * Ends a tile. What is most common has a way of its own, without calls.
 *
 * @param rows rows that exist, 2 to 4; the sums of others are ignored
 * @param tile scales of the columns
 * @param c results, `ldc` bytes from row to row
 * @param r residual bytes, `ldr` from row to row; 0 for none
 * @inline
 */
export function finishTile(
  rows: i32,
  s00: v128,
  s01: v128,
  s10: v128,
  s11: v128,
  s20: v128,
  s21: v128,
  s30: v128,
  s31: v128,
  tile: usize,
  c: usize,
  ldc: usize,
  r: usize,
  ldr: usize,
): void {
  const scale0 = v128.load(tile);
  const scale1 = v128.load(tile, 16);
  if (r === 0 && mode <= HARDSWISH) {
    const lo = low;
    const magic = rounder;
    const less = offset;
    const most = ceiling;
    s00 = scaled(s00, scale0);
    s01 = scaled(s01, scale1);
    s10 = scaled(s10, scale0);
    s11 = scaled(s11, scale1);
    s20 = scaled(s20, scale0);
    s21 = scaled(s21, scale1);
    s30 = scaled(s30, scale0);
    s31 = scaled(s31, scale1);
    if (mode !== LINEAR) {
      s00 = hardswish(s00);
      s01 = hardswish(s01);
      s10 = hardswish(s10);
      s11 = hardswish(s11);
      s20 = hardswish(s20);
      s21 = hardswish(s21);
      s30 = hardswish(s30);
      s31 = hardswish(s31);
    }
    const y0 = narrowFour(
      integers(s00, lo, magic, less),
      integers(s01, lo, magic, less),
      integers(s10, lo, magic, less),
      integers(s11, lo, magic, less),
      most,
    );
    const y1 = narrowFour(
      integers(s20, lo, magic, less),
      integers(s21, lo, magic, less),
      integers(s30, lo, magic, less),
      integers(s31, lo, magic, less),
      most,
    );
    v128.store64_lane(c, y0, 0);
    v128.store64_lane(c + ldc, y0, 1);
    if (rows > 2) v128.store64_lane(c + 2 * ldc, y1, 0);
    if (rows > 3) v128.store64_lane(c + 3 * ldc, y1, 1);
  } else {
    finish8(s00, s01, scale0, scale1, c, r);
    if (r) r += ldr;
    finish8(s10, s11, scale0, scale1, c + ldc, r);
    if (r) r += ldr;
    if (rows > 2) finish8(s20, s21, scale0, scale1, c + 2 * ldc, r);
    if (r) r += ldr;
    if (rows > 3) finish8(s30, s31, scale0, scale1, c + 3 * ldc, r);
  }
}

/** Ends one or two rows of 8 columns, as {@link finishTile}. @inline */
export function finishRows(
  two: bool,
  s00: v128,
  s01: v128,
  s10: v128,
  s11: v128,
  scale0: v128,
  scale1: v128,
  c: usize,
  ldc: usize,
  r: usize,
  ldr: usize,
): void {
  if (r === 0 && mode <= HARDSWISH) {
    const lo = low;
    const magic = rounder;
    const less = offset;
    s00 = scaled(s00, scale0);
    s01 = scaled(s01, scale1);
    s10 = scaled(s10, scale0);
    s11 = scaled(s11, scale1);
    if (mode !== LINEAR) {
      s00 = hardswish(s00);
      s01 = hardswish(s01);
      s10 = hardswish(s10);
      s11 = hardswish(s11);
    }
    const y = narrowFour(
      integers(s00, lo, magic, less),
      integers(s01, lo, magic, less),
      integers(s10, lo, magic, less),
      integers(s11, lo, magic, less),
      ceiling,
    );
    v128.store64_lane(c, y, 0);
    if (two) v128.store64_lane(c + ldc, y, 1);
  } else {
    finish8(s00, s01, scale0, scale1, c, r);
    if (two) finish8(s10, s11, scale0, scale1, c + ldc, r ? r + ldr : 0);
  }
}
