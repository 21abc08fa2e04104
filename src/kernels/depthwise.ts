/**
 * Depthwise convolution of floats: rows, groups of pixels, and which unit does them.
 *
 * With dilation d and stride 1, pixels d apart form d interleaved rows without dilation: so dilated kernels use the same units.
 *
 * Weights: for every four channels, 4 biases, then the taps in row order, 4 floats each.
 */
import { activate, activateRows, setActivation } from "./activation";
import { unit3s1, unit3s2, unit5s1, unit5s2 } from "./depthwise-units";
import { endTap, firstTap } from "./geometry";
import { madd } from "./simd";

/** One pixel, any kernel: taps `ky0..ky1`, `kx0..kx1`; `x` at tap (ky0, kx0). */
function unitAny(
  x: usize,
  y: usize,
  bias: usize,
  c: i32,
  rows: i32,
  columns: i32,
  firstTapBytes: usize,
  kernelRowBytes: usize,
  weightBytes: usize,
  rowBytes: usize,
  columnBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s = v128.load(bias);
    let row = x;
    let w = bias + firstTapBytes;
    for (let i = rows; i > 0; i--) {
      let p = row;
      let t = w;
      for (let j = columns; j > 0; j--) {
        s = madd(v128.load(p), v128.load(t), s);
        p += columnBytes;
        t += 16;
      }
      row += rowBytes;
      w += kernelRowBytes;
    }
    v128.store(y, activate(s));
    x += 16;
    y += 16;
    bias += weightBytes;
  }
}

/** Bits of the group's columns that are on the map: `count` columns from `first`, `step` apart. */
function columnMask(first: i32, step: i32, count: i32, width: i32): i32 {
  let mask = 0;
  for (let i = 0; i < count; i++) {
    if (<u32>first < <u32>width) mask |= 1 << i;
    first += step;
  }
  return mask;
}

export function depthwiseF32(
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
  w: usize,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  const rowBytes = <usize>dilationY * xRow;
  const columnBytes = <usize>dilationX * xPix;
  const kernelRowBytes = <usize>kw * 16;
  const units = kh === kw && (kw === 3 || kw === 5) && (strideX === 1 || (strideX === 2 && dilationX === 1));
  const columns = 3 * strideX + kw;
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const top = oy * strideY - padTop;
    const ky0 = firstTap(top, dilationY);
    const ky1 = max(ky0, endTap(top, dilationY, xH, kh));
    const row = x + <usize>(top + ky0 * dilationY) * xRow;
    const taps = ky1 - ky0;
    if (units) {
      const first = w + 16 + <usize>ky0 * kernelRowBytes;
      // Pixels `step` apart share columns.
      const step = dilationX;
      for (let r = 0; r < step; r++) {
        for (let ox = r; ox < oW; ox += 4 * step) {
          const left = ox * strideX - padLeft;
          const mask = columnMask(left, step, columns, xW);
          const pixels = min(4, (oW - ox + step - 1) / step);
          const from = row + <usize>left * xPix;
          const to = y + <usize>ox * yPix;
          const outBytes = <usize>step * yPix;
          if (kw === 3) {
            if (strideX === 1)
              unit3s1(from, to, w, first, c, taps, mask, pixels, rowBytes, columnBytes, outBytes);
            else unit3s2(from, to, w, first, c, taps, mask, pixels, rowBytes, columnBytes, outBytes);
          } else {
            if (strideX === 1)
              unit5s1(from, to, w, first, c, taps, mask, pixels, rowBytes, columnBytes, outBytes);
            else unit5s2(from, to, w, first, c, taps, mask, pixels, rowBytes, columnBytes, outBytes);
          }
        }
      }
    } else {
      for (let ox = 0; ox < oW; ox++) {
        const left = ox * strideX - padLeft;
        const kx0 = firstTap(left, dilationX);
        const kx1 = max(kx0, endTap(left, dilationX, xW, kw));
        unitAny(
          row + <usize>(left + kx0 * dilationX) * xPix,
          y + <usize>ox * yPix,
          w,
          c,
          taps,
          kx1 - kx0,
          <usize>(1 + ky0 * kw + kx0) * 16,
          kernelRowBytes,
          <usize>(1 + kh * kw) * 16,
          rowBytes,
          columnBytes,
        );
      }
    }
    activateRows(oW, c, y, yPix);
  }
}
