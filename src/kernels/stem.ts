/**
 * The first convolution, of few channels: the values under a kernel row are one run of an input row whose pixels lie side by side, padding
 * among them (`inputRowsU8`, `inputRowsF32`). So it is a matrix product whose K comes in a run for each kernel row, without unfolding
 * (im2col), which took longer than the product itself.
 */
import { activateRows, formula, gated, setActivation } from "./activation";
import { madd, splat0, splat1, splat2, splat3 } from "./simd";

/** The first part of the activation, by what is known of it. @inline */
function finish(x: v128, gate: bool): v128 {
  const t = formula(x);
  return gate ? f32x4.mul(x, t) : t;
}

/**
 * Four pixels, or `m` of them, × `columns` output channels, a multiple of 4: 4 × 8 register tiles as `strips4` of the matrix product has them. Where
 * pixels are fewer, the last one is computed again in their place.
 *
 * @param x the first value under the kernel of the first pixel; the next pixel's are `pixelBytes` away, the next kernel row's `xRow`
 * @param kh kernel rows, of `run` values each
 */
function stem4(
  m: i32,
  columns: i32,
  kh: i32,
  run: i32,
  x: usize,
  xRow: usize,
  pixelBytes: usize,
  w: usize,
  tileBytes: usize,
  y: usize,
  yPix: usize,
): void {
  const gate = gated;
  const p1 = <usize>min(1, m - 1);
  const p2 = <usize>min(2, m - 1);
  const p3 = <usize>min(3, m - 1);
  const x1 = x + p1 * pixelBytes;
  const x2 = x + p2 * pixelBytes;
  const x3 = x + p3 * pixelBytes;
  const next = xRow - <usize>run * 4;
  for (; columns > 0; columns -= 8) {
    let s00 = v128.load(w);
    let s01 = v128.load(w, 16);
    let s10 = s00;
    let s11 = s01;
    let s20 = s00;
    let s21 = s01;
    let s30 = s00;
    let s31 = s01;
    let a0 = x;
    let a1 = x1;
    let a2 = x2;
    let a3 = x3;
    let b = w + 32;
    for (let ky = kh; ky > 0; ky--) {
      let i = run;
      for (; i >= 4; i -= 4) {
        const v0 = v128.load(a0);
        const v1 = v128.load(a1);
        const v2 = v128.load(a2);
        const v3 = v128.load(a3);
        let b0 = v128.load(b);
        let b1 = v128.load(b, 16);
        let v = splat0(v0);
        s00 = madd(v, b0, s00);
        s01 = madd(v, b1, s01);
        v = splat0(v1);
        s10 = madd(v, b0, s10);
        s11 = madd(v, b1, s11);
        v = splat0(v2);
        s20 = madd(v, b0, s20);
        s21 = madd(v, b1, s21);
        v = splat0(v3);
        s30 = madd(v, b0, s30);
        s31 = madd(v, b1, s31);
        b0 = v128.load(b, 32);
        b1 = v128.load(b, 48);
        v = splat1(v0);
        s00 = madd(v, b0, s00);
        s01 = madd(v, b1, s01);
        v = splat1(v1);
        s10 = madd(v, b0, s10);
        s11 = madd(v, b1, s11);
        v = splat1(v2);
        s20 = madd(v, b0, s20);
        s21 = madd(v, b1, s21);
        v = splat1(v3);
        s30 = madd(v, b0, s30);
        s31 = madd(v, b1, s31);
        b0 = v128.load(b, 64);
        b1 = v128.load(b, 80);
        v = splat2(v0);
        s00 = madd(v, b0, s00);
        s01 = madd(v, b1, s01);
        v = splat2(v1);
        s10 = madd(v, b0, s10);
        s11 = madd(v, b1, s11);
        v = splat2(v2);
        s20 = madd(v, b0, s20);
        s21 = madd(v, b1, s21);
        v = splat2(v3);
        s30 = madd(v, b0, s30);
        s31 = madd(v, b1, s31);
        b0 = v128.load(b, 96);
        b1 = v128.load(b, 112);
        v = splat3(v0);
        s00 = madd(v, b0, s00);
        s01 = madd(v, b1, s01);
        v = splat3(v1);
        s10 = madd(v, b0, s10);
        s11 = madd(v, b1, s11);
        v = splat3(v2);
        s20 = madd(v, b0, s20);
        s21 = madd(v, b1, s21);
        v = splat3(v3);
        s30 = madd(v, b0, s30);
        s31 = madd(v, b1, s31);
        a0 += 16;
        a1 += 16;
        a2 += 16;
        a3 += 16;
        b += 128;
      }
      for (; i > 0; i--) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        let v = v128.load32_splat(a0);
        s00 = madd(v, b0, s00);
        s01 = madd(v, b1, s01);
        v = v128.load32_splat(a1);
        s10 = madd(v, b0, s10);
        s11 = madd(v, b1, s11);
        v = v128.load32_splat(a2);
        s20 = madd(v, b0, s20);
        s21 = madd(v, b1, s21);
        v = v128.load32_splat(a3);
        s30 = madd(v, b0, s30);
        s31 = madd(v, b1, s31);
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        b += 32;
      }
      a0 += next;
      a1 += next;
      a2 += next;
      a3 += next;
    }
    const y1 = y + p1 * yPix;
    const y2 = y + p2 * yPix;
    const y3 = y + p3 * yPix;
    v128.store(y, finish(s00, gate));
    v128.store(y1, finish(s10, gate));
    v128.store(y2, finish(s20, gate));
    v128.store(y3, finish(s30, gate));
    if (columns > 4) {
      v128.store(y, finish(s01, gate), 16);
      v128.store(y1, finish(s11, gate), 16);
      v128.store(y2, finish(s21, gate), 16);
      v128.store(y3, finish(s31, gate), 16);
    }
    w += tileBytes;
    y += 32;
  }
}

export function stemF32(
  x: usize,
  xRow: usize,
  stepBytes: usize,
  pixelBytes: usize,
  y: usize,
  yRow: usize,
  yPix: usize,
  rows: i32,
  oW: i32,
  cout: i32,
  w: usize,
  kh: i32,
  run: i32,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  const tileBytes = 32 + <usize>((kh * run + 3) & ~3) * 32;
  for (; rows > 0; rows--, x += stepBytes, y += yRow) {
    for (let ox = 0; ox < oW; ox += 4) {
      stem4(
        min(4, oW - ox),
        cout,
        kh,
        run,
        x + <usize>ox * pixelBytes,
        xRow,
        pixelBytes,
        w,
        tileBytes,
        y + <usize>ox * yPix,
        yPix,
      );
    }
    activateRows(oW, cout, y, yPix);
  }
}
