/**
 * Unfolding (im2col) of a network's input for its first convolution, so that the matrix product does the rest.
 */
import { madd } from "./simd";

/** Four floats of memory, `a`, `b`, `c` apart in bytes from `p`. @inline */
function gather(p: usize, b: usize, c: usize, d: usize): v128 {
  let v = v128.load32_splat(p);
  v = v128.load32_lane(p + b, v, 1);
  v = v128.load32_lane(p + c, v, 2);
  return v128.load32_lane(p + d, v, 3);
}

/** Four bytes widened to floats. @inline */
function widenBytes(p: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(p))));
}

/** Normalises `pixels` interleaved RGB pixels: byte · scale + offset. */
function normaliseRow(x: usize, pixels: i32, y: usize, norm: usize): void {
  // Twelve values are four pixels: three vectors, in which the channels come as RGBR, GBRG, BRGB.
  const scale0 = gather(norm, 4, 8, 0);
  const scale1 = gather(norm + 4, 4, <usize>-4, 0);
  const scale2 = gather(norm + 8, <usize>-8, <usize>-4, 0);
  const offset0 = gather(norm + 12, 4, 8, 0);
  const offset1 = gather(norm + 16, 4, <usize>-4, 0);
  const offset2 = gather(norm + 20, <usize>-8, <usize>-4, 0);
  for (; pixels >= 4; pixels -= 4) {
    v128.store(y, madd(widenBytes(x), scale0, offset0));
    v128.store(y, madd(widenBytes(x + 4), scale1, offset1), 16);
    v128.store(y, madd(widenBytes(x + 8), scale2, offset2), 32);
    x += 12;
    y += 48;
  }
  for (let i = 3 * pixels; i > 0; i -= 3) {
    for (let c: usize = 0; c < 12; c += 4) {
      f32.store(y, <f32>load<u8>(x) * f32.load(norm + c) + f32.load(norm + c, 12));
      x += 1;
      y += 4;
    }
  }
}

/** Copies `n` floats. @inline */
function copyFloats(n: i32, x: usize, y: usize): void {
  for (; n >= 4; n -= 4) {
    v128.store(y, v128.load(x));
    x += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    f32.store(y, f32.load(x));
    x += 4;
    y += 4;
  }
}

/** Sets `n` floats to zero. @inline */
function zeroFloats(n: i32, y: usize): void {
  for (; n > 0; n--) {
    f32.store(y, 0);
    y += 4;
  }
}

export function unfoldU8(
  x: usize,
  xRow: usize,
  xH: i32,
  xW: i32,
  y: usize,
  ld: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  norm: usize,
  scratch: usize,
): void {
  const columns = max(padLeft + xW, (oW - 1) * strideX + kw);
  const run = 3 * kw;
  const rest = <i32>(ld >> 2) - kh * run;
  const step = <usize>strideX * 12;
  zeroFloats(3 * padLeft, scratch);
  zeroFloats(3 * (columns - padLeft - xW), scratch + <usize>(padLeft + xW) * 12);
  for (let oy = oy0; oy < oy1; oy++) {
    for (let ky = 0; ky < kh; ky++) {
      const iy = oy * strideY - padTop + ky;
      let to = y + <usize>(ky * run) * 4;
      if (<u32>iy < <u32>xH) {
        normaliseRow(x + <usize>iy * xRow, xW, scratch + <usize>padLeft * 12, norm);
        let from = scratch;
        for (let ox = 0; ox < oW; ox++, from += step, to += ld) copyFloats(run, from, to);
      } else {
        for (let ox = 0; ox < oW; ox++, to += ld) zeroFloats(run, to);
      }
    }
    let to = y + <usize>(kh * run) * 4;
    for (let ox = 0; ox < oW; ox++, to += ld) zeroFloats(rest, to);
    y += <usize>oW * ld;
  }
}

/** Three values of three planes, interleaved: the fourth value of each is not used. */
function interleave3x3(x: usize, xPlane: usize, y: usize): void {
  const r = v128.load(x);
  const g = v128.load(x + xPlane);
  const b = v128.load(x + 2 * xPlane);
  // r0 g0 r1 g1 and r2 g2, then b in between.
  const low = v128.shuffle<f32>(r, g, 0, 4, 1, 5);
  v128.store(y, v128.shuffle<f32>(low, b, 0, 1, 4, 2));
  const high = v128.shuffle<f32>(r, g, 2, 6, 2, 6);
  v128.store(y, v128.shuffle<f32>(v128.shuffle<f32>(low, b, 3, 5, 3, 5), high, 0, 1, 4, 5), 16);
  v128.store32_lane(y, b, 2, 32);
}

/** The values under one row of the kernel for one output pixel: zero off the map. */
function unfoldRun(
  x: usize,
  xPlane: usize,
  xW: i32,
  ix: i32,
  kw: i32,
  channels: i32,
  rowInside: bool,
  y: usize,
): void {
  for (let kx = 0; kx < kw; kx++, ix++) {
    const inside = rowInside && <u32>ix < <u32>xW;
    let from = x + <usize>ix * 4;
    for (let c = 0; c < channels; c++) {
      let v: f32 = 0;
      if (inside) v = f32.load(from);
      f32.store(y, v);
      from += xPlane;
      y += 4;
    }
  }
}

export function unfoldPlanarF32(
  x: usize,
  xPlane: usize,
  xRow: usize,
  xH: i32,
  xW: i32,
  channels: i32,
  y: usize,
  ld: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
): void {
  const run = <usize>(kw * channels) * 4;
  const rest = <i32>(ld >> 2) - kh * kw * channels;
  const vectors = kw === 3 && channels === 3;
  for (let oy = oy0; oy < oy1; oy++) {
    for (let ky = 0; ky < kh; ky++) {
      const iy = oy * strideY - padTop + ky;
      const rowInside = <u32>iy < <u32>xH;
      const row = x + <usize>iy * xRow;
      let to = y + <usize>ky * run;
      let ix = -padLeft;
      for (let ox = 0; ox < oW; ox++, ix += strideX, to += ld) {
        // A vector reads one column more.
        if (vectors && rowInside && ix >= 0 && ix + 3 < xW) interleave3x3(row + <usize>ix * 4, xPlane, to);
        else unfoldRun(row, xPlane, xW, ix, kw, channels, rowInside, to);
      }
    }
    let to = y + <usize>kh * run;
    for (let ox = 0; ox < oW; ox++, to += ld) zeroFloats(rest, to);
    y += <usize>oW * ld;
  }
}
