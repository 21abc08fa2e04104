/**
 * Dense k×k convolution of bytes, as `convF32` does it: one matrix product a tap, over the pixels for which the tap lies on the map. The row of 32-bit
 * sums lies in scratch memory; each tap brings the correction for the zero point along, so that padding counts as zero without being multiplied.
 */
import { endTap, firstTap } from "./geometry";
import { MATRIX_HEADER, rowsByPanelQ8, tapBytesQ8, tileBytesQ8 } from "./q8-gemm";
import { finish8, resultBytes, setRequant } from "./q8-requant";
import { storeSums, TILE_HEADER } from "./q8-tiles";

/** Sets a row of sums to the bias. That of a single tap includes the tap's correction, which the product brings along, too. */
function startSums(
  pixels: i32,
  channels: i32,
  sums: usize,
  tiles: usize,
  tileBytes: usize,
  single: bool,
): void {
  for (; pixels > 0; pixels--) {
    let tile = tiles;
    for (let i = channels; i > 0; i -= 8) {
      let s0 = v128.load(tile, 32);
      let s1 = v128.load(tile, 48);
      if (single) {
        s0 = i32x4.sub(s0, v128.load(tile, TILE_HEADER));
        s1 = i32x4.sub(s1, v128.load(tile, TILE_HEADER + 16));
      }
      storeSums(s0, s1, sums);
      tile += tileBytes;
      sums += 32;
    }
  }
}

/** Requantizes a row of sums. */
function endSums(
  pixels: i32,
  channels: i32,
  sums: usize,
  tiles: usize,
  tileBytes: usize,
  y: usize,
  yPix: usize,
  residual: usize,
): void {
  const bytes = resultBytes();
  for (; pixels > 0; pixels--, y += yPix) {
    let tile = tiles;
    let to = y;
    let r = residual;
    for (let i = channels; i > 0; i -= 8) {
      finish8(v128.load(sums), v128.load(sums, 16), v128.load(tile), v128.load(tile, 16), to, r);
      tile += tileBytes;
      sums += 32;
      to += bytes;
      if (r) r += 8;
    }
    if (residual) residual += yPix;
  }
}

export function convQ8(
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
  scratch: usize,
): void {
  setRequant(w);
  const tapBytes = tapBytesQ8(w);
  const tileBytes = tileBytesQ8(w);
  const tiles = w + MATRIX_HEADER;
  const sumBytes = <usize>cout * 4;
  for (let oy = oy0; oy < oy1; oy++, y += yRow) {
    const top = oy * strideY - padTop;
    const ky0 = firstTap(top, dilationY);
    const ky1 = endTap(top, dilationY, xH, kh);
    startSums(oW, cout, scratch, tiles, tileBytes, kh * kw === 1);
    for (let ky = ky0; ky < ky1; ky++) {
      const row = x + <usize>(top + ky * dilationY) * xRow;
      for (let kx = 0; kx < kw; kx++) {
        const shift = kx * dilationX - padLeft;
        const from = firstTap(shift, strideX);
        const to = endTap(shift, strideX, xW, oW);
        if (from >= to) continue;
        rowsByPanelQ8(
          to - from,
          cout,
          cin,
          row + <usize>(from * strideX + shift) * xPix,
          <usize>strideX * xPix,
          w,
          tileBytes,
          TILE_HEADER + <usize>(ky * kw + kx) * tapBytes,
          scratch + <usize>from * sumBytes,
          sumBytes,
          true,
          0,
          0,
        );
      }
    }
    endSums(oW, cout, scratch, tiles, tileBytes, y, yPix, residual);
    if (residual) residual += yRow;
  }
}
