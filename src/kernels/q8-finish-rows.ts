/**
 * The end of two rows × 8 columns of the integer matrix product of few K, as q8-finish.ts does it for a tile.
 */
import { addHigh, addLow, integers, narrowFour, stepped, swish } from "./q8-floats";
import {
  ceiling,
  finish8,
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
 * Ends one or two rows.
 *
 * @param two whether the second exists; its sums are ignored otherwise
 * @param scale0 scales of the columns
 * @param c results, `ldc` bytes from row to row
 * @param r residual bytes, `ldr` from row to row; 0 for none
 * @inline
 */
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
  if (mode <= STEPPED_HARDSWISH) {
    s00 = scaled(s00, scale0);
    s01 = scaled(s01, scale1);
    s10 = scaled(s10, scale0);
    s11 = scaled(s11, scale1);
    if (r) {
      const zero = residualZero;
      const scale = residualScale;
      let eight = i16x8.sub(v128.load_ext<u8>(r), zero);
      s00 = addLow(s00, eight, scale);
      s01 = addHigh(s01, eight, scale);
      if (two) eight = i16x8.sub(v128.load_ext<u8>(r + ldr), zero);
      s10 = addLow(s10, eight, scale);
      s11 = addHigh(s11, eight, scale);
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
      }
      const three = shift;
      const six = limit;
      s00 = swish(s00, three, six);
      s01 = swish(s01, three, six);
      s10 = swish(s10, three, six);
      s11 = swish(s11, three, six);
    }
    const lo = low;
    const less = offset;
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
