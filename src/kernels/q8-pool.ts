/**
 * Pooling of bytes, and rows of 32-bit sums to bytes.
 */
import { endTap, firstTap } from "./geometry";
import { finish8, setLinear } from "./q8-requant";

export function maxPoolQ8(
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
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
): void {
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const top = oy * strideY - padTop;
    const ky0 = firstTap(top, 1);
    const ky1 = endTap(top, 1, xH, kh);
    for (let ox = 0; ox < oW; ox++) {
      const left = ox * strideX - padLeft;
      const kx0 = firstTap(left, 1);
      const kx1 = endTap(left, 1, xW, kw);
      let from = x + <usize>(top + ky0) * xRow + <usize>(left + kx0) * xPix;
      let to = y + <usize>ox * yPix;
      for (let i = c; i > 0; i -= 8) {
        let best = i64x2.splat(0);
        let row = from;
        for (let ky = ky0; ky < ky1; ky++, row += xRow) {
          let p = row;
          for (let kx = kx0; kx < kx1; kx++, p += xPix) best = i8x16.max_u(best, v128.load64_zero(p));
        }
        v128.store64_lane(to, best, 0);
        from += 8;
        to += 8;
      }
    }
  }
}

/** Pixels whose sum fits 16 bits: 257 · 255 < 2^16. */
const GROUP = 257;

export function averagePoolQ8(
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
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  countPad: i32,
  zeroX: i32,
  scale: f32,
  zero: i32,
  lo: f32,
  hi: f32,
): void {
  setLinear(lo, hi, zero);
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const top = oy * strideY - padTop;
    const ky0 = firstTap(top, 1);
    const ky1 = endTap(top, 1, xH, kh);
    for (let ox = 0; ox < oW; ox++) {
      const left = ox * strideX - padLeft;
      const kx0 = firstTap(left, 1);
      const columns = max(0, endTap(left, 1, xW, kw) - kx0);
      const pixels = max(0, ky1 - ky0) * columns;
      const bias = i32x4.splat(-pixels * zeroX);
      const factor = f32x4.splat(scale / <f32>(countPad ? kh * kw : max(1, pixels)));
      const from = x + <usize>(top + ky0) * xRow + <usize>(left + kx0) * xPix;
      const to = y + <usize>ox * yPix;
      for (let i: usize = 0; i < <usize>c; i += 8) {
        let s0 = bias;
        let s1 = bias;
        let row = from + i;
        for (let ky = ky0; ky < ky1; ky++, row += xRow) {
          let p = row;
          for (let n = columns; n > 0; n -= GROUP) {
            const sum = sumOf(min(GROUP, n), p, xPix);
            s0 = i32x4.add(s0, i32x4.extend_low_i16x8_u(sum));
            s1 = i32x4.add(s1, i32x4.extend_high_i16x8_u(sum));
            p += GROUP * xPix;
          }
        }
        finish8(s0, s1, factor, factor, to + i, 0);
      }
    }
  }
}

/** Sums of eight channels over up to {@link GROUP} pixels, 16 bits each. @inline */
function sumOf(pixels: i32, p: usize, xPix: usize): v128 {
  let sum: v128 = i64x2.splat(0);
  for (; pixels > 0; pixels--, p += xPix) sum = i16x8.add(sum, v128.load_ext<u8>(p));
  return sum;
}

export function sumPixelsQ8(m: i32, c: i32, x: usize, xPix: usize, sums: usize, accumulate: i32): void {
  if (!accumulate) memory.fill(sums, 0, <usize>c * 4);
  let i: usize = 0;
  for (const end = <usize>c & ~15; i < end; i += 16) sumSixteen(m, x + i, xPix, sums + 4 * i);
  if (i === <usize>c) return;
  let p = x + i;
  for (let left = m; left > 0; left -= GROUP) {
    const sum = sumOf(min(GROUP, left), p, xPix);
    addWords(sum, sums + 4 * i);
    p += GROUP * xPix;
  }
}

/** Adds eight sums of 16 bits to those at `to`. @inline */
function addWords(words: v128, to: usize): void {
  v128.store(to, i32x4.add(v128.load(to), i32x4.extend_low_i16x8_u(words)));
  v128.store(to, i32x4.add(v128.load(to, 16), i32x4.extend_high_i16x8_u(words)), 16);
}

/** Adds sixteen channels of `m` pixels to the sums at `to`. */
function sumSixteen(m: i32, p: usize, xPix: usize, to: usize): void {
  while (m > 0) {
    let low: v128 = i64x2.splat(0);
    let high = low;
    const group = min(GROUP, m);
    let left = group;
    for (; left > 1; left -= 2, p += 2 * xPix) {
      const bytes = v128.load(p);
      const others = v128.load(p + xPix);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(bytes));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(bytes));
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(others));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(others));
    }
    if (left > 0) {
      const bytes = v128.load(p);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(bytes));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(bytes));
      p += xPix;
    }
    addWords(low, to);
    addWords(high, to + 32);
    m -= group;
  }
}

export function requantizeQ8(
  c: i32,
  sums: usize,
  bias: i32,
  scale: f32,
  y: usize,
  zero: i32,
  lo: f32,
  hi: f32,
): void {
  setLinear(lo, hi, zero);
  const b = i32x4.splat(bias);
  const s = f32x4.splat(scale);
  for (let i: usize = 0; i < <usize>c; i += 8) {
    const from = sums + 4 * i;
    finish8(i32x4.add(v128.load(from), b), i32x4.add(v128.load(from, 16), b), s, s, y + i, 0);
  }
}
