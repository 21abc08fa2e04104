/**
 * Bilinear resizing of maps, some channels of an output row at a time, from left to right: the two columns between which an output lies, each already
 * between its two rows, are kept while the next outputs lie between them too.
 */
import { position } from "./resize";
import { madd } from "./simd";

/** Between two values, a share of the way. @inline */
function between(from: v128, to: v128, share: v128): v128 {
  return madd(f32x4.sub(to, from), share, from);
}

/** Where a row's outputs lie on the input: what {@link position} takes, for vectors. */
let columnScale: v128 = i64x2.splat(0);
let columnShift: v128 = i64x2.splat(0);
let lastColumn: v128 = i64x2.splat(0);
/** 2^23: a whole number added to it is what its last bits say. */
let bitsBase: v128 = i64x2.splat(0);
const BITS: i32 = 0x7fffff;
let one: v128 = i64x2.splat(0);

/** {@link position} of a column, everywhere. @inline */
function columnPosition(o: v128): v128 {
  const s = f32x4.sub(f32x4.mul(f32x4.add(o, columnShift), columnScale), columnShift);
  return f32x4.pmin(f32x4.pmax(s, i64x2.splat(0)), lastColumn);
}

/** Sixteen channels of an output row. */
function row16(
  upper: usize,
  lower: usize,
  fy: v128,
  xPix: usize,
  last: i32,
  y: usize,
  yPix: usize,
  oW: i32,
): void {
  let l0 = i64x2.splat(0);
  let l1 = l0;
  let l2 = l0;
  let l3 = l0;
  let r0 = l0;
  let r1 = l0;
  let r2 = l0;
  let r3 = l0;
  let at = -2;
  let o = l0;
  for (let i = oW; i > 0; i--) {
    const sx = columnPosition(o);
    const whole = f32x4.floor(sx);
    const ix = i32x4.extract_lane(f32x4.add(whole, bitsBase), 0) & BITS;
    if (ix !== at) {
      if (ix === at + 1) {
        l0 = r0;
        l1 = r1;
        l2 = r2;
        l3 = r3;
      } else {
        const left = <usize>ix * xPix;
        const a = upper + left;
        const b = lower + left;
        l0 = between(v128.load(a), v128.load(b), fy);
        l1 = between(v128.load(a, 16), v128.load(b, 16), fy);
        l2 = between(v128.load(a, 32), v128.load(b, 32), fy);
        l3 = between(v128.load(a, 48), v128.load(b, 48), fy);
      }
      const right = <usize>min(ix + 1, last) * xPix;
      const a = upper + right;
      const b = lower + right;
      r0 = between(v128.load(a), v128.load(b), fy);
      r1 = between(v128.load(a, 16), v128.load(b, 16), fy);
      r2 = between(v128.load(a, 32), v128.load(b, 32), fy);
      r3 = between(v128.load(a, 48), v128.load(b, 48), fy);
      at = ix;
    }
    const fx = f32x4.sub(sx, whole);
    v128.store(y, between(l0, r0, fx));
    v128.store(y, between(l1, r1, fx), 16);
    v128.store(y, between(l2, r2, fx), 32);
    v128.store(y, between(l3, r3, fx), 48);
    o = f32x4.add(o, one);
    y += yPix;
  }
}

/** Four channels of an output row. */
function row4(
  upper: usize,
  lower: usize,
  fy: v128,
  xPix: usize,
  last: i32,
  y: usize,
  yPix: usize,
  oW: i32,
): void {
  let l = i64x2.splat(0);
  let r = l;
  let at = -2;
  let o = l;
  for (let i = oW; i > 0; i--) {
    const sx = columnPosition(o);
    const whole = f32x4.floor(sx);
    const ix = i32x4.extract_lane(f32x4.add(whole, bitsBase), 0) & BITS;
    if (ix !== at) {
      const left = <usize>ix * xPix;
      l = ix === at + 1 ? r : between(v128.load(upper + left), v128.load(lower + left), fy);
      const right = <usize>min(ix + 1, last) * xPix;
      r = between(v128.load(upper + right), v128.load(lower + right), fy);
      at = ix;
    }
    v128.store(y, between(l, r, f32x4.sub(sx, whole)));
    o = f32x4.add(o, one);
    y += yPix;
  }
}

export function resizeBilinearF32(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  y: usize,
  yRow: usize,
  yPix: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  c: i32,
  scaleY: f32,
  scaleX: f32,
  shift: f32,
): void {
  columnScale = f32x4.splat(scaleX);
  columnShift = f32x4.splat(shift);
  lastColumn = f32x4.splat(<f32>(xW - 1));
  bitsBase = f32x4.splat(<f32>(BITS + 1));
  one = f32x4.splat(1);
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const sy = position(oy, scaleY, shift, xH);
    const iy = <i32>sy;
    const fy = f32x4.splat(sy - <f32>iy);
    let upper = x + <usize>iy * xRow;
    let lower = iy + 1 < xH ? upper + xRow : upper;
    let to = y;
    let i = c;
    for (; i >= 16; i -= 16, upper += 64, lower += 64, to += 64) {
      row16(upper, lower, fy, xPix, xW - 1, to, yPix, oW);
    }
    for (; i > 0; i -= 4, upper += 16, lower += 16, to += 16) {
      row4(upper, lower, fy, xPix, xW - 1, to, yPix, oW);
    }
  }
}
