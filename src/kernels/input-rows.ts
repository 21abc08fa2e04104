/**
 * Rows of a network's input as its first convolution reads them: floats, the channels of a pixel side by side, zeros on both sides.
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

/** Sets `n` floats to zero. @inline */
function zeroFloats(n: i32, y: usize): void {
  for (; n > 0; n--) {
    f32.store(y, 0);
    y += 4;
  }
}

export function inputRowsU8(
  x: usize,
  xRow: usize,
  rows: i32,
  xW: i32,
  y: usize,
  yRow: usize,
  padLeft: i32,
  columns: i32,
  norm: usize,
): void {
  // Twelve values are four pixels: three vectors, in which the channels come as RGBR, GBRG, BRGB.
  const scale0 = gather(norm, 4, 8, 0);
  const scale1 = gather(norm + 4, 4, <usize>-4, 0);
  const scale2 = gather(norm + 8, <usize>-8, <usize>-4, 0);
  const offset0 = gather(norm + 12, 4, 8, 0);
  const offset1 = gather(norm + 16, 4, <usize>-4, 0);
  const offset2 = gather(norm + 20, <usize>-8, <usize>-4, 0);
  for (; rows > 0; rows--, x += xRow, y += yRow) {
    zeroFloats(3 * padLeft, y);
    let from = x;
    let to = y + <usize>padLeft * 12;
    let pixels = xW;
    for (; pixels >= 4; pixels -= 4) {
      v128.store(to, madd(widenBytes(from), scale0, offset0));
      v128.store(to, madd(widenBytes(from + 4), scale1, offset1), 16);
      v128.store(to, madd(widenBytes(from + 8), scale2, offset2), 32);
      from += 12;
      to += 48;
    }
    for (let i = 3 * pixels; i > 0; i -= 3) {
      for (let c: usize = 0; c < 12; c += 4) {
        f32.store(to, <f32>load<u8>(from) * f32.load(norm + c) + f32.load(norm + c, 12));
        from += 1;
        to += 4;
      }
    }
    zeroFloats(3 * (columns - padLeft - xW), to);
  }
}

/** `pixels` pixels, a multiple of 4, of three planes: four at a time. */
function interleave3(x: usize, xPlane: usize, pixels: i32, y: usize): void {
  const x1 = x + xPlane;
  const x2 = x1 + xPlane;
  for (let i: usize = 0, end = <usize>pixels * 4; i < end; i += 16, y += 48) {
    const r = v128.load(x + i);
    const g = v128.load(x1 + i);
    const b = v128.load(x2 + i);
    const low = v128.shuffle<f32>(r, g, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(r, g, 2, 6, 3, 7);
    // r0 g0 b0 r1, g1 b1 r2 g2, b2 r3 g3 b3.
    v128.store(y, v128.shuffle<f32>(low, b, 0, 1, 4, 2));
    v128.store(y, v128.shuffle<f32>(v128.shuffle<f32>(low, b, 3, 5, 3, 5), high, 0, 1, 4, 5), 16);
    v128.store(y, v128.shuffle<f32>(high, b, 6, 2, 3, 7), 32);
  }
}

export function inputRowsF32(
  x: usize,
  xPlane: usize,
  xRow: usize,
  rows: i32,
  xW: i32,
  channels: i32,
  y: usize,
  yRow: usize,
  padLeft: i32,
  columns: i32,
): void {
  const pixelBytes = <usize>channels * 4;
  const vectors = channels === 3 ? xW & ~3 : 0;
  for (; rows > 0; rows--, x += xRow, y += yRow) {
    zeroFloats(channels * padLeft, y);
    const start = y + <usize>padLeft * pixelBytes;
    interleave3(x, xPlane, vectors, start);
    for (let c = 0; c < channels; c++) {
      let from = x + <usize>c * xPlane + <usize>vectors * 4;
      let to = start + <usize>vectors * pixelBytes + <usize>c * 4;
      for (let i = xW - vectors; i > 0; i--) {
        f32.store(to, f32.load(from));
        from += 4;
        to += pixelBytes;
      }
    }
    zeroFloats(channels * (columns - padLeft - xW), start + <usize>xW * pixelBytes);
  }
}
