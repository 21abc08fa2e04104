/**
 * Dense k×k convolution as a sum of matrix products, one a tap, over the pixels for which that tap lies on the map. So padding is never
 * multiplied, which in DeepLab's dilated convolutions is most of the work.
 *
 * Per output row and tile of 8 output channels: the row of sums is set to the bias, each tap adds its product (the sums
 * pass through memory once a tap, which is little beside `cin` multiply-adds), and the activation goes over it at the end.
 *
 * Weights: for every 8 output channels, 8 biases, then for each tap in row order `cin` rows of 8.
 */
import { activate, activateRows, setActivation } from "./activation";
import { tileColumn } from "./gemm";
import { endTap, firstTap } from "./geometry";

/** Sets `pixels` × 8 (or 4) sums to the bias. */
function startRow(pixels: i32, y: usize, yPix: usize, bias: usize, wide: bool): void {
  const b0 = v128.load(bias);
  const b1 = v128.load(bias, 16);
  for (; pixels > 0; pixels--) {
    v128.store(y, b0);
    if (wide) v128.store(y, b1, 16);
    y += yPix;
  }
}

/** Adds the residual to a row of sums and activates it. */
function endRow(pixels: i32, y: usize, yPix: usize, residual: usize, wide: bool): void {
  for (; pixels > 0; pixels--) {
    let s = v128.load(y);
    if (residual) s = f32x4.add(s, v128.load(residual));
    v128.store(y, activate(s));
    if (wide) {
      s = v128.load(y, 16);
      if (residual) s = f32x4.add(s, v128.load(residual, 16));
      v128.store(y, activate(s), 16);
    }
    y += yPix;
    if (residual) residual += yPix;
  }
}

export function convF32(
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
  cin: i32,
  cout: i32,
  w: usize,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  residual: usize,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  const tapBytes = <usize>cin * 32;
  const tileBytes = 32 + <usize>(kh * kw) * tapBytes;
  const pixelBytes = <usize>strideX * xPix;
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const top = oy * strideY - padTop;
    const ky0 = firstTap(top, dilationY);
    const ky1 = endTap(top, dilationY, xH, kh);
    let tile = w;
    for (let j = 0; j < cout; j += 8, tile += tileBytes) {
      const wide = cout - j >= 8;
      const out = y + <usize>j * 4;
      startRow(oW, out, yPix, tile, wide);
      for (let ky = ky0; ky < ky1; ky++) {
        const row = x + <usize>(top + ky * dilationY) * xRow;
        for (let kx = 0; kx < kw; kx++) {
          // Output pixels whose tap kx is on the map.
          const shift = kx * dilationX - padLeft;
          const from = firstTap(shift, strideX);
          const to = endTap(shift, strideX, xW, oW);
          if (from >= to) continue;
          const c = out + <usize>from * yPix;
          tileColumn(
            to - from,
            cin,
            row + <usize>(from * strideX + shift) * xPix,
            pixelBytes,
            tile + 32 + <usize>(ky * kw + kx) * tapBytes,
            0,
            c,
            yPix,
            0,
            0,
            false,
            wide,
          );
        }
      }
      endRow(oW, out, yPix, residual ? residual + <usize>j * 4 : 0, wide);
    }
    activateRows(oW, cout, y, yPix);
    if (residual) residual += yRow;
  }
}
