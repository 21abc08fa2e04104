/**
 * Resizing of bytes, scale and zero point kept. No fused multiply-adds (see q8-requant.ts).
 */
import { setLinear, toBytes } from "./q8-requant";
import { nearest, position } from "./resize";

/** a + (b - a) · f of four widened values. @inline */
function mix(a: v128, b: v128, f: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), f));
}

/** The low four of eight widened bytes as floats. @inline */
function low4(v: v128): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(v));
}

/** The high four. @inline */
function high4(v: v128): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(v));
}

export function resizeBilinearQ8(
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
  setLinear(0, 255, 0);
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const sy = position(oy, scaleY, shift, xH);
    const iy = <i32>sy;
    const fy = f32x4.splat(sy - <f32>iy);
    const upper = x + <usize>iy * xRow;
    const lower = iy + 1 < xH ? upper + xRow : upper;
    for (let ox = 0; ox < oW; ox++) {
      const sx = position(ox, scaleX, shift, xW);
      const ix = <i32>sx;
      const fx = f32x4.splat(sx - <f32>ix);
      const left = <usize>ix * xPix;
      const right = ix + 1 < xW ? left + xPix : left;
      const to = y + <usize>ox * yPix;
      for (let i: usize = 0; i < <usize>c; i += 8) {
        const p = v128.load_ext<u8>(upper + left + i);
        const q = v128.load_ext<u8>(upper + right + i);
        const r = v128.load_ext<u8>(lower + left + i);
        const s = v128.load_ext<u8>(lower + right + i);
        const y0 = mix(mix(low4(p), low4(q), fx), mix(low4(r), low4(s), fx), fy);
        const y1 = mix(mix(high4(p), high4(q), fx), mix(high4(r), high4(s), fx), fy);
        v128.store64_lane(to + i, toBytes(y0, y1), 0);
      }
    }
  }
}

export function resizeNearestQ8(
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
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const row = x + <usize>nearest(oy, scaleY, shift, xH) * xRow;
    for (let ox = 0; ox < oW; ox++) {
      copyPixel(c, row + <usize>nearest(ox, scaleX, shift, xW) * xPix, y + <usize>ox * yPix);
    }
  }
}

/** Copies a pixel of `c` bytes, a multiple of 8. @inline */
function copyPixel(c: i32, from: usize, to: usize): void {
  let i: usize = 0;
  for (const end = <usize>c & ~15; i < end; i += 16) v128.store(to + i, v128.load(from + i));
  if (c & 8) store<u64>(to + i, load<u64>(from + i));
}

export function copyQ8(m: i32, c: i32, x: usize, ldx: usize, y: usize, ldy: usize): void {
  for (; m > 0; m--, x += ldx, y += ldy) copyPixel(c, x, y);
}
