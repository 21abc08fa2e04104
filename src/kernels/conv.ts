/**
 * Dense k×k convolution as a sum of matrix products, one a tap, over the pixels for which that tap lies on the map. So padding is never
 * multiplied, which in DeepLab's dilated convolutions is most of the work.
 *
 * Per group of output rows: the sums are set to the bias, each tap adds its product, a panel of output channels at a time (the sums pass through
 * memory once a tap, which is little beside `cin` multiply-adds), and the activation goes over them at the end.
 *
 * Weights: for every 8 output channels, 8 biases, then for each tap in row order `cin` rows of 8.
 */
import { activate, activateRows, setActivation } from "./activation";
import { panelColumns, rowsByPanel } from "./gemm";
import { endTap, firstTap } from "./geometry";

/** Output rows that a panel of weights is used for, once it is near. */
const GROUP_ROWS: i32 = 4;

/** Sets a row of sums to the bias. */
function startRow(pixels: i32, channels: i32, y: usize, yPix: usize, w: usize, tileBytes: usize): void {
  for (; pixels > 0; pixels--, y += yPix) {
    let bias = w;
    let to = y;
    for (let i = channels; i > 0; i -= 8) {
      v128.store(to, v128.load(bias));
      if (i > 4) v128.store(to, v128.load(bias, 16), 16);
      bias += tileBytes;
      to += 32;
    }
  }
}

/** Adds the residual to a row of sums and activates it. */
function endRow(pixels: i32, channels: i32, y: usize, yPix: usize, residual: usize): void {
  const bytes = <usize>channels * 4;
  for (let i = pixels, to = y; i > 0; i--, to += yPix) {
    for (let b: usize = 0; b < bytes; b += 16) {
      let s = v128.load(to + b);
      if (residual) s = f32x4.add(s, v128.load(residual + b));
      v128.store(to + b, activate(s));
    }
    if (residual) residual += yPix;
  }
  activateRows(pixels, channels, y, yPix);
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
  const panel = panelColumns(cin);
  for (let oy = oy0; oy < oy1; oy += GROUP_ROWS) {
    const rows = min(GROUP_ROWS, oy1 - oy);
    for (let r = 0; r < rows; r++) startRow(oW, cout, y + <usize>r * yRow, yPix, w, tileBytes);
    for (let ky = 0; ky < kh; ky++) {
      for (let kx = 0; kx < kw; kx++) {
        // Output pixels whose tap kx is on the map.
        const shift = kx * dilationX - padLeft;
        const from = firstTap(shift, strideX);
        const to = endTap(shift, strideX, xW, oW);
        if (from >= to) continue;
        const tap = w + 32 + <usize>(ky * kw + kx) * tapBytes;
        for (let j = 0; j < cout; j += panel) {
          for (let r = 0; r < rows; r++) {
            const iy = (oy + r) * strideY - padTop + ky * dilationY;
            if (<u32>iy >= <u32>xH) continue;
            rowsByPanel(
              to - from,
              min(panel, cout - j),
              cin,
              x + <usize>iy * xRow + <usize>(from * strideX + shift) * xPix,
              pixelBytes,
              tap + <usize>(j >> 3) * tileBytes,
              tileBytes,
              0,
              y + <usize>r * yRow + <usize>from * yPix + <usize>j * 4,
              yPix,
              0,
              0,
              false,
            );
          }
        }
      }
    }
    for (let r = 0; r < rows; r++, y += yRow) {
      endRow(oW, cout, y, yPix, residual);
      if (residual) residual += yRow;
    }
  }
}
