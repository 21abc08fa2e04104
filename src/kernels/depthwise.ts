/**
 * Depthwise convolution of floats: which of its ways a layer goes, row by row.
 *
 * 3×3 goes by strips, whose weights stay in registers; 5×5 by units of seven pixels; anything else a pixel at a time. With dilation d and
 * stride 1, pixels d apart form d interleaved rows without dilation: so dilated kernels go the same ways.
 *
 * Weights: for every four channels, 4 biases, then the taps in row order, 4 floats each.
 */
import { activateRows, setActivation } from "./activation";
import { storeFour } from "./depthwise-store";
import { strip3s1, strip3s2 } from "./depthwise-strips";
import { UNIT_PIXELS, unit5s1, unit5s2 } from "./depthwise-units";
import { endTap, firstTap } from "./geometry";
import { madd } from "./simd";

/** Most pixels of a strip: three rows of them and their results, a cache line each, stay in the first-level cache for the next four channels. */
const STRIP_PIXELS: i32 = 48;
/** The least of first-level caches: 8 ways of 4 KB. */
const WAYS: i32 = 8;
const WAY_BYTES: i32 = 4096;
const LINE: i32 = 64;

/**
 * Most pixels of a strip whose columns lie so far apart. A multiple of a large power of two leaves them few sets of the cache, and a strip of 48 throws
 * its own lines out (with 256 channels it took 1.4 times as long).
 */
function stripPixels(columnBytes: i32, stride: i32): i32 {
  const apart = min(max(columnBytes & -columnBytes, LINE), WAY_BYTES);
  const lines = (WAY_BYTES / apart) * WAYS;
  // Of n pixels, three rows of stride · n + 3 - stride columns, and n results.
  return max(1, min(STRIP_PIXELS, (lines - 3 * (3 - stride)) / (3 * stride + 1)));
}

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
    storeFour(s, y);
    x += 16;
    y += 16;
    bias += weightBytes;
  }
}

/** Bits of a unit's columns that are on the map: `count` columns from `first`, `step` apart. */
function columnMask(first: i32, step: i32, count: i32, width: i32): i32 {
  let mask = 0;
  for (let i = 0; i < count; i++) {
    if (<u32>first < <u32>width) mask |= 1 << i;
    first += step;
  }
  return mask;
}

/** An output row of a 3×3 kernel. `row` is kernel row 0 of the input, at column 0; the middle kernel row must lie on the map. */
function rowByStrips(
  row: usize,
  xPix: usize,
  rowBytes: usize,
  y: usize,
  yPix: usize,
  oW: i32,
  c: i32,
  w: usize,
  stride: i32,
  step: i32,
  padLeft: i32,
  xW: i32,
  upper: bool,
  lower: bool,
): void {
  const x1 = row + rowBytes;
  const x0 = upper ? row : x1;
  const x2 = lower ? x1 + rowBytes : x1;
  const upperMask = i32x4.splat(upper ? -1 : 0);
  const lowerMask = i32x4.splat(lower ? -1 : 0);
  const columnBytes = <usize>step * xPix;
  const outBytes = <usize>step * yPix;
  // Strips of a row are equally long, as near as may be.
  const pixels = (oW + step - 1) / step;
  const strips = (pixels - 1) / stripPixels(<i32>columnBytes, stride) + 1;
  const length = (pixels - 1) / strips + 1;
  for (let r = 0; r < step; r++) {
    for (let ox = r; ox < oW; ox += length * step) {
      const n = min(length, (oW - ox + step - 1) / step);
      const second = ox * stride - padLeft + step;
      const third = (ox + (n - 1) * step) * stride - padLeft + 2 * step;
      const at = <usize>second * xPix;
      const to = y + <usize>ox * yPix;
      const first = second >= step;
      const last = third < xW;
      if (stride === 1) {
        strip3s1(
          x0 + at,
          x1 + at,
          x2 + at,
          to,
          n,
          columnBytes,
          outBytes,
          w,
          c,
          first,
          last,
          upperMask,
          lowerMask,
        );
      } else {
        strip3s2(
          x0 + at,
          x1 + at,
          x2 + at,
          to,
          n,
          columnBytes,
          outBytes,
          w,
          c,
          first,
          last,
          upperMask,
          lowerMask,
        );
      }
    }
  }
}

/** An output row of a 5×5 kernel; `row` is its first kernel row on the map, `first` the weights there. */
function rowByUnits(
  row: usize,
  xPix: usize,
  rowBytes: usize,
  y: usize,
  yPix: usize,
  oW: i32,
  c: i32,
  w: usize,
  first: usize,
  taps: i32,
  stride: i32,
  step: i32,
  padLeft: i32,
  xW: i32,
): void {
  const columns = (UNIT_PIXELS - 1) * stride + 5;
  const columnBytes = <usize>step * xPix;
  const outBytes = <usize>step * yPix;
  for (let r = 0; r < step; r++) {
    for (let ox = r; ox < oW; ox += UNIT_PIXELS * step) {
      const left = ox * stride - padLeft;
      const mask = columnMask(left, step, columns, xW);
      const pixels = min(UNIT_PIXELS, (oW - ox + step - 1) / step);
      const from = row + <usize>left * xPix;
      const to = y + <usize>ox * yPix;
      if (stride === 1) unit5s1(mask, columnBytes, from, first, to, w, rowBytes, c, taps, pixels, outBytes);
      else unit5s2(mask, columnBytes, from, first, to, w, rowBytes, c, taps, pixels, outBytes);
    }
  }
}

/** Whether the middle column of every window of a 3×3 kernel lies on the map, and at most the outer ones beside it off it. @inline */
function fitsStrips(oW: i32, stride: i32, step: i32, padLeft: i32, xW: i32): bool {
  return padLeft <= step && (oW - 1) * stride - padLeft + step < xW && step <= xW;
}

/** One output row; `x` is where row 0 of the whole input lies or would lie. */
function depthwiseRow(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  y: usize,
  yPix: usize,
  oy: i32,
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
): void {
  const rowBytes = <usize>dilationY * xRow;
  const kernelRowBytes = <usize>kw * 16;
  // Strided or dilated, but not both.
  const even = kh === kw && (strideX === 1 || (strideX === 2 && dilationX === 1));
  const top = oy * strideY - padTop;
  const ky0 = firstTap(top, dilationY);
  const ky1 = max(ky0, endTap(top, dilationY, xH, kh));
  const row = x + <usize>(top + ky0 * dilationY) * xRow;
  const taps = ky1 - ky0;
  if (even && kw === 3 && ky0 <= 1 && ky1 >= 2 && fitsStrips(oW, strideX, dilationX, padLeft, xW)) {
    const first = x + <usize>top * xRow;
    const upper = ky0 === 0;
    const lower = ky1 === 3;
    rowByStrips(first, xPix, rowBytes, y, yPix, oW, c, w, strideX, dilationX, padLeft, xW, upper, lower);
  } else if (even && kw === 5) {
    const first = w + 16 + <usize>ky0 * kernelRowBytes;
    rowByUnits(row, xPix, rowBytes, y, yPix, oW, c, w, first, taps, strideX, dilationX, padLeft, xW);
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
        <usize>dilationX * xPix,
      );
    }
  }
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
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    depthwiseRow(
      x,
      xRow,
      xPix,
      xH,
      xW,
      y,
      yPix,
      oy,
      oW,
      c,
      w,
      kh,
      kw,
      strideY,
      strideX,
      dilationY,
      dilationX,
      padTop,
      padLeft,
    );
    activateRows(oW, c, y, yPix);
  }
}
