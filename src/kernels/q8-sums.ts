/**
 * The end of integer products whose sums wait in memory: they become bytes. It is a pass of its own, for what a single one does for a pixel depends on itself
 * for longer than the processor looks ahead, and has more constants than there are registers.
 */
import { integers, narrowFour, stepped, swish } from "./q8-floats";
import {
  ceiling,
  finish8,
  HARDSWISH,
  LINEAR,
  limit,
  low,
  mode,
  offset,
  rounder,
  STEPPED_HARDSWISH,
  scaled,
  shift,
  step,
  stepHigh,
  stepLow,
} from "./q8-requant";

/** Sums that wait at a time, of so many pixels: what strips read stays in a first-level cache beside them. */
export const SUMS_PIXELS: i32 = 128;
/** Bytes of a pixel's sums. */
export const SUM_BYTES: usize = 32;

/** A pixel's sums of eight channels. @inline */
export function storeSum(s0: v128, s1: v128, to: usize): void {
  v128.store(to, s0);
  v128.store(to, s1, 16);
}

/** Sums of two pixels' eight channels. @inline */
export function storeSums(s0: v128, s1: v128, t0: v128, t1: v128, to: usize): void {
  storeSum(s0, s1, to);
  storeSum(t0, t1, to + SUM_BYTES);
}

/** Four sums to what becomes of them before they are rounded. @inline */
function activatedFour(
  end: i32,
  sums: v128,
  scale: v128,
  three: v128,
  six: v128,
  least: v128,
  greatest: v128,
  magic: v128,
  by: v128,
): v128 {
  let x = scaled(sums, scale);
  if (end === STEPPED_HARDSWISH) x = stepped(x, least, greatest, magic, by);
  return end === LINEAR ? x : swish(x, three, six);
}

/** {@link endSums} of a mode that is known. @inline */
function endAs(
  end: i32,
  rows: i32,
  pixels: i32,
  sums: usize,
  w: usize,
  y: usize,
  yRow: usize,
  yStep: usize,
): void {
  const scale0 = v128.load(w);
  const scale1 = v128.load(w, 16);
  const bias0 = v128.load(w, 32);
  const bias1 = v128.load(w, 48);
  const lo = low;
  const magic = rounder;
  const less = offset;
  const most = ceiling;
  const three = shift;
  const six = limit;
  const least = stepLow;
  const greatest = stepHigh;
  const by = step;
  for (; rows > 0; rows--, y += yRow) {
    let to = y;
    for (let left = pixels; left > 0; left -= 2) {
      const s0 = i32x4.add(v128.load(sums), bias0);
      const s1 = i32x4.add(v128.load(sums, 16), bias1);
      const t0 = i32x4.add(v128.load(sums, 32), bias0);
      const t1 = i32x4.add(v128.load(sums, 48), bias1);
      sums += 2 * SUM_BYTES;
      const x0 = activatedFour(end, s0, scale0, three, six, least, greatest, magic, by);
      const x1 = activatedFour(end, s1, scale1, three, six, least, greatest, magic, by);
      const x2 = activatedFour(end, t0, scale0, three, six, least, greatest, magic, by);
      const x3 = activatedFour(end, t1, scale1, three, six, least, greatest, magic, by);
      const bytes = narrowFour(
        integers(x0, lo, magic, less),
        integers(x1, lo, magic, less),
        integers(x2, lo, magic, less),
        integers(x3, lo, magic, less),
        most,
      );
      v128.store64_lane(to, bytes, 0);
      to += yStep;
      if (left > 1) v128.store64_lane(to, bytes, 1);
      to += yStep;
    }
  }
}

function endLinear(rows: i32, pixels: i32, sums: usize, w: usize, y: usize, yRow: usize, yStep: usize): void {
  endAs(LINEAR, rows, pixels, sums, w, y, yRow, yStep);
}

function endSwish(rows: i32, pixels: i32, sums: usize, w: usize, y: usize, yRow: usize, yStep: usize): void {
  endAs(HARDSWISH, rows, pixels, sums, w, y, yRow, yStep);
}

function endStepped(
  rows: i32,
  pixels: i32,
  sums: usize,
  w: usize,
  y: usize,
  yRow: usize,
  yStep: usize,
): void {
  endAs(STEPPED_HARDSWISH, rows, pixels, sums, w, y, yRow, yStep);
}

/** {@link endSums} of any mode, with a residual. */
function endAny(
  rows: i32,
  pixels: i32,
  sums: usize,
  w: usize,
  y: usize,
  yRow: usize,
  yStep: usize,
  r: usize,
  rStep: usize,
): void {
  for (; rows > 0; rows--, y += yRow) {
    for (let px = 0; px < pixels; px++) {
      const s0 = i32x4.add(v128.load(sums), v128.load(w, 32));
      const s1 = i32x4.add(v128.load(sums, 16), v128.load(w, 48));
      finish8(s0, s1, v128.load(w), v128.load(w, 16), y + <usize>px * yStep, r);
      sums += SUM_BYTES;
      if (r) r += rStep;
    }
    sums += <usize>(pixels & 1) * SUM_BYTES;
  }
}

/**
 * Ends rows of sums.
 *
 * @param sums of 8 channels of a pixel after the other; a row has an even number of pixels
 * @param w block of the channels: scales and biases
 * @param y results, `yRow` bytes from row to row, `yStep` from pixel to pixel
 * @param r residual bytes of a single row, `rStep` from pixel to pixel; 0 for none
 */
export function endSums(
  rows: i32,
  pixels: i32,
  sums: usize,
  w: usize,
  y: usize,
  yRow: usize,
  yStep: usize,
  r: usize,
  rStep: usize,
): void {
  if (r || mode > STEPPED_HARDSWISH) endAny(rows, pixels, sums, w, y, yRow, yStep, r, rStep);
  else if (mode === LINEAR) endLinear(rows, pixels, sums, w, y, yRow, yStep);
  else if (mode === HARDSWISH) endSwish(rows, pixels, sums, w, y, yRow, yStep);
  else endStepped(rows, pixels, sums, w, y, yRow, yStep);
}
