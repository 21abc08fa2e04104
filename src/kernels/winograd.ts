/**
 * Dense 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3): 36 multiply-adds where there were 144, for transforms that only add. Sums come out
 * some ten times less exact than plain ones (about 1e-5 of the largest), which is as far as float networks should go; larger tiles would be worse.
 *
 * Each 4×4 tile of the output sees 6×6 of the input; for each of the 36 transformed places, one matrix product over all tiles mixes the channels. The
 * weights are those of `convF32` and are transformed anew in every run, a panel of outputs at a time: four times as large they would be a
 * burden to keep, and the transform costs a fiftieth of the products.
 *
 * Scratch memory: one 6×6 patch (4 channels, twice), then the transformed input `[36][tiles][cin]`, then weights `[36]` panels, then products
 * `[36][tiles][panel]`: `winogradScratchBytes` in src/runtime/engines/kernels/module/convolution.ts.
 */
import { activate, activateRows, setActivation } from "./activation";
import { rowsByPanel } from "./gemm";
import { prepareWinograd, transformInput, transformOutput, transformWeights } from "./winograd-transforms";

/** Places of a transformed tile. */
const PLACES: i32 = 36;
/** Output channels of a panel. */
const PANEL: i32 = 32;
/** A 6×6 patch of four channels. */
const PATCH_BYTES: usize = 36 * 16;

/** Tiles of a band. @inline */
function tilesOf(rows: i32, oW: i32): i32 {
  return ((rows + 3) >> 2) * ((oW + 3) >> 2);
}

/** Bytes of weights of one place: tiles of 8 columns, each with 8 zeros in front, as the matrix product expects. @inline */
function placeBytes(cin: i32): usize {
  return <usize>(PANEL >> 3) * 32 * <usize>(cin + 1);
}

/** Transforms the 6×6 patch at (iy, ix) of four channels at `x` (row 0, column 0 of the map), places `out` bytes apart. */
function patch(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  iy: i32,
  ix: i32,
  scratch: usize,
  y: usize,
  out: usize,
): void {
  const inside = iy >= 0 && iy + 6 <= xH && ix >= 0 && ix + 6 <= xW;
  const half = scratch + PATCH_BYTES;
  let from = x + <usize>iy * xRow + <usize>ix * xPix;
  let row = xRow;
  let column = xPix;
  if (!inside) {
    // Zeros stand for what is off the map.
    let to = scratch;
    for (let r = iy; r < iy + 6; r++) {
      for (let s = ix; s < ix + 6; s++, to += 16) {
        const on = <u32>r < <u32>xH && <u32>s < <u32>xW;
        v128.store(to, on ? v128.load(x + <usize>r * xRow + <usize>s * xPix) : i64x2.splat(0));
      }
    }
    from = scratch;
    row = 96;
    column = 16;
  }
  for (let i: usize = 0; i < 6; i++) transformInput(from + i * column, row, half + 16 * i, 96);
  for (let i: usize = 0; i < 6; i++) transformInput(half + 96 * i, 16, y + 6 * i * out, out);
}

/** Transforms the weights of a panel's tiles of 8 columns: `w` is the first of them in `convF32`'s layout. */
function weightsOf(
  columns: i32,
  cin: i32,
  w: usize,
  tileBytes: usize,
  scratch: usize,
  y: usize,
  out: usize,
): void {
  const tapBytes = 32 * <usize>cin;
  for (; columns > 0; columns -= 8, w += tileBytes) {
    for (let e: usize = 0; e < <usize>PLACES; e++) {
      v128.store(y + e * out, i64x2.splat(0));
      v128.store(y + e * out, i64x2.splat(0), 16);
    }
    y += 32;
    let from = w + 32;
    // Half a row of 8 columns at a time.
    for (let i = 2 * cin; i > 0; i--, from += 16, y += 16) {
      // [3 rows][3 columns] to [6][3], then to [6][6].
      for (let t: usize = 0; t < 3; t++)
        transformWeights(from + t * tapBytes, 3 * tapBytes, scratch + 16 * t, 48);
      for (let t: usize = 0; t < 6; t++) transformWeights(scratch + 48 * t, 16, y + 6 * t * out, out);
    }
  }
}

/** Transforms one tile's products of four channels back; stores what of the 4×4 results lies in the band. */
function tileBack(
  x: usize,
  out: usize,
  scratch: usize,
  bias: v128,
  y: usize,
  yRow: usize,
  yPix: usize,
  rows: i32,
  columns: i32,
  residual: usize,
): void {
  const half = scratch + PATCH_BYTES;
  for (let i: usize = 0; i < 6; i++) transformOutput(x + i * out, 6 * out, half + 16 * i, 96);
  for (let i: usize = 0; i < 4; i++) transformOutput(half + 96 * i, 16, scratch + 64 * i, 16);
  for (let r = 0; r < rows; r++) {
    let from = scratch + 64 * <usize>r;
    let to = y;
    let add = residual;
    for (let s = 0; s < columns; s++) {
      let v = f32x4.add(v128.load(from), bias);
      if (residual) v = f32x4.add(v, v128.load(add));
      v128.store(to, activate(v));
      from += 16;
      to += yPix;
      add += yPix;
    }
    y += yRow;
    if (residual) residual += yRow;
  }
}

export function convWinogradF32(
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
  padTop: i32,
  padLeft: i32,
  residual: usize,
  act: i32,
  lo: f32,
  hi: f32,
  scratch: usize,
): void {
  setActivation(act, lo, hi);
  prepareWinograd();
  const across = (oW + 3) >> 2;
  const tiles = tilesOf(oy1 - oy0, oW);
  const inputBytes = <usize>cin * 4;
  const inputPlace = <usize>tiles * inputBytes;
  const input = scratch + 2 * PATCH_BYTES;
  const weights = input + <usize>PLACES * inputPlace;
  const weightPlace = placeBytes(cin);
  const products = weights + <usize>PLACES * weightPlace;
  const panelTile = <usize>(cin + 1) * 32;
  const tileBytes = 32 + 9 * 32 * <usize>cin;
  for (let t = 0; t < tiles; t++) {
    const iy = oy0 + 4 * (t / across) - padTop;
    const ix = 4 * (t % across) - padLeft;
    for (let b: usize = 0; b < inputBytes; b += 16) {
      patch(x + b, xRow, xPix, xH, xW, iy, ix, scratch, input + <usize>t * inputBytes + b, inputPlace);
    }
  }
  for (let j = 0; j < cout; j += PANEL) {
    const columns = min(PANEL, cout - j);
    const productBytes = <usize>columns * 4;
    const productPlace = <usize>tiles * productBytes;
    const panel = w + <usize>(j >> 3) * tileBytes;
    weightsOf(columns, cin, panel, tileBytes, scratch, weights, weightPlace);
    for (let e: usize = 0; e < <usize>PLACES; e++) {
      const b = weights + e * weightPlace;
      const a = input + e * inputPlace;
      rowsByPanel(
        tiles,
        columns,
        cin,
        a,
        inputBytes,
        b + 32,
        panelTile,
        b,
        products + e * productPlace,
        productBytes,
        0,
        0,
        false,
      );
    }
    for (let t = 0; t < tiles; t++) {
      const top = 4 * (t / across);
      const left = 4 * (t % across);
      const at = <usize>top * yRow + <usize>left * yPix + <usize>j * 4;
      const rows = min(4, oy1 - oy0 - top);
      for (let i = 0; i < columns; i += 4) {
        const bias = v128.load(panel + <usize>(i >> 3) * tileBytes + <usize>(i & 4) * 4);
        const to = at + <usize>i * 4;
        const from = products + <usize>t * productBytes + <usize>i * 4;
        const add = residual ? residual + to : 0;
        tileBack(from, productPlace, scratch, bias, y + to, yRow, yPix, rows, min(4, oW - left), add);
      }
    }
  }
  for (let oy = oy0; oy < oy1; oy++, y += yRow) activateRows(oW, cout, y, yPix);
}
