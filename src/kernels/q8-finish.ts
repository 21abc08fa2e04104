/**
 * The end of a register tile of the integer matrix product: 4 rows × 8 columns of sums to results. What is most common has a way of its own, without
 * calls.
 */
import { addHigh, addLow, narrowFour, rounded, stepped, storeFloats, swish } from "./q8-floats";
import {
  ceiling,
  clampsLow,
  FLOATS,
  finish8,
  floatHigh,
  floatLow,
  LINEAR,
  limit,
  low,
  mode,
  offset,
  residualScale,
  residualZero,
  rounder,
  STEPPED_HARDSWISH,
  scaled,
  shift,
  step,
  stepHigh,
  stepLow,
} from "./q8-requant";

/**
 * Ends a tile.
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
  if (mode <= STEPPED_HARDSWISH) {
    s00 = scaled(s00, scale0);
    s01 = scaled(s01, scale1);
    s10 = scaled(s10, scale0);
    s11 = scaled(s11, scale1);
    s20 = scaled(s20, scale0);
    s21 = scaled(s21, scale1);
    s30 = scaled(s30, scale0);
    s31 = scaled(s31, scale1);
    if (r) {
      const zero = residualZero;
      const scale = residualScale;
      let eight = i16x8.sub(v128.load_ext<u8>(r), zero);
      s00 = addLow(s00, eight, scale);
      s01 = addHigh(s01, eight, scale);
      r += ldr;
      eight = i16x8.sub(v128.load_ext<u8>(r), zero);
      s10 = addLow(s10, eight, scale);
      s11 = addHigh(s11, eight, scale);
      // Rows that do not exist repeat the last one that does.
      if (rows > 2) r += ldr;
      eight = i16x8.sub(v128.load_ext<u8>(r), zero);
      s20 = addLow(s20, eight, scale);
      s21 = addHigh(s21, eight, scale);
      if (rows > 3) r += ldr;
      eight = i16x8.sub(v128.load_ext<u8>(r), zero);
      s30 = addLow(s30, eight, scale);
      s31 = addHigh(s31, eight, scale);
    }
    const magic = rounder;
    if (mode !== LINEAR) {
      if (mode === STEPPED_HARDSWISH) {
        const least = stepLow;
        const greatest = stepHigh;
        const by = step;
        s00 = stepped(s00, least, greatest, magic, by);
        s01 = stepped(s01, least, greatest, magic, by);
        s10 = stepped(s10, least, greatest, magic, by);
        s11 = stepped(s11, least, greatest, magic, by);
        s20 = stepped(s20, least, greatest, magic, by);
        s21 = stepped(s21, least, greatest, magic, by);
        s30 = stepped(s30, least, greatest, magic, by);
        s31 = stepped(s31, least, greatest, magic, by);
      }
      const three = shift;
      const six = limit;
      s00 = swish(s00, three, six);
      s01 = swish(s01, three, six);
      s10 = swish(s10, three, six);
      s11 = swish(s11, three, six);
      s20 = swish(s20, three, six);
      s21 = swish(s21, three, six);
      s30 = swish(s30, three, six);
      s31 = swish(s31, three, six);
    }
    if (clampsLow) {
      const lo = low;
      s00 = f32x4.pmax(s00, lo);
      s01 = f32x4.pmax(s01, lo);
      s10 = f32x4.pmax(s10, lo);
      s11 = f32x4.pmax(s11, lo);
      s20 = f32x4.pmax(s20, lo);
      s21 = f32x4.pmax(s21, lo);
      s30 = f32x4.pmax(s30, lo);
      s31 = f32x4.pmax(s31, lo);
    }
    const less = offset;
    const most = ceiling;
    const y0 = narrowFour(
      rounded(s00, magic, less),
      rounded(s01, magic, less),
      rounded(s10, magic, less),
      rounded(s11, magic, less),
      most,
    );
    const y1 = narrowFour(
      rounded(s20, magic, less),
      rounded(s21, magic, less),
      rounded(s30, magic, less),
      rounded(s31, magic, less),
      most,
    );
    v128.store64_lane(c, y0, 0);
    v128.store64_lane(c + ldc, y0, 1);
    if (rows > 2) v128.store64_lane(c + 2 * ldc, y1, 0);
    if (rows > 3) v128.store64_lane(c + 3 * ldc, y1, 1);
  } else if (mode === FLOATS && !r) {
    const lo = floatLow;
    const hi = floatHigh;
    storeFloats(scaled(s00, scale0), scaled(s01, scale1), lo, hi, c);
    storeFloats(scaled(s10, scale0), scaled(s11, scale1), lo, hi, c + ldc);
    if (rows > 2) storeFloats(scaled(s20, scale0), scaled(s21, scale1), lo, hi, c + 2 * ldc);
    if (rows > 3) storeFloats(scaled(s30, scale0), scaled(s31, scale1), lo, hi, c + 3 * ldc);
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
