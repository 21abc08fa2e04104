/**
 * Pooling of floats.
 */

import { endTap, firstTap } from "./geometry";

export function maxPoolF32(
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
      for (let i = c; i > 0; i -= 4) {
        let best = f32x4.splat(-Infinity);
        let row = from;
        for (let ky = ky0; ky < ky1; ky++, row += xRow) {
          let p = row;
          for (let kx = kx0; kx < kx1; kx++, p += xPix) best = f32x4.pmax(best, v128.load(p));
        }
        v128.store(to, best);
        from += 16;
        to += 16;
      }
    }
  }
}

export function averagePoolF32(
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
): void {
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const top = oy * strideY - padTop;
    const ky0 = firstTap(top, 1);
    const ky1 = endTap(top, 1, xH, kh);
    for (let ox = 0; ox < oW; ox++) {
      const left = ox * strideX - padLeft;
      const kx0 = firstTap(left, 1);
      const kx1 = endTap(left, 1, xW, kw);
      const count = countPad ? kh * kw : max(1, (ky1 - ky0) * (kx1 - kx0));
      const scale = f32x4.splat(<f32>1 / <f32>count);
      let from = x + <usize>(top + ky0) * xRow + <usize>(left + kx0) * xPix;
      let to = y + <usize>ox * yPix;
      for (let i = c; i > 0; i -= 4) {
        let sum = f32x4.splat(0);
        let row = from;
        for (let ky = ky0; ky < ky1; ky++, row += xRow) {
          let p = row;
          for (let kx = kx0; kx < kx1; kx++, p += xPix) sum = f32x4.add(sum, v128.load(p));
        }
        v128.store(to, f32x4.mul(sum, scale));
        from += 16;
        to += 16;
      }
    }
  }
}

/** Pixels whose sums go through memory once: few enough for the vector of sums to stay near, enough to hide its traffic. */
const GROUP = 8;

export function sumPixelsF32(
  m: i32,
  c: i32,
  x: usize,
  xPix: usize,
  y: usize,
  accumulate: i32,
  scale: f32,
): void {
  if (!accumulate) {
    for (let i = 0; i < c; i += 4) v128.store(y + <usize>i * 4, f32x4.splat(0));
  }
  for (let pixel = 0; pixel < m; pixel += GROUP) {
    const group = min(GROUP, m - pixel);
    const factor = f32x4.splat(pixel + group >= m ? scale : 1);
    for (let i = 0; i < c; i += 4) {
      const to = y + <usize>i * 4;
      let p = x + <usize>i * 4;
      // Summed apart, then added: rounding errors grow with the number of groups, not of pixels.
      let sum = v128.load(p);
      for (let n = group - 1; n > 0; n--) {
        p += xPix;
        sum = f32x4.add(sum, v128.load(p));
      }
      v128.store(to, f32x4.mul(f32x4.add(v128.load(to), sum), factor));
    }
    x += GROUP * xPix;
  }
}
