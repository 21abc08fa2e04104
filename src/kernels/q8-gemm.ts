/**
 * Integer matrix product with requantization (see `gemmQ8` in src/runtime/engines/kernels/module/matrix-q8.ts).
 */

import { narrowQ8 } from "./q8-narrow";
import { matched4, octets4 } from "./q8-octets";
import { matched1, octets1 } from "./q8-octets-row";
import { pairs1, pairs4 } from "./q8-pairs";
import { quads1, quads4 } from "./q8-quads";
import { resultBytes, setRequant, setSums } from "./q8-requant";
import { MATCHED, NARROW, OCTETS, PAIRS, QUADS, TILE_HEADER } from "./q8-tiles";

/** Bytes of a packed matrix before its tiles: how it was packed, and the requantization. */
export const MATRIX_HEADER: usize = 64;

/** Bytes of a panel of weights: of a second-level cache of 512 KB or more. */
const PANEL_BYTES: i32 = 384 * 1024;

/** Rows from which on it pays to look at all columns' scales first. */
const SETTLED_ROWS: i32 = 8;

/** The largest product of an activation and a weight. */
const MOST_PRODUCT: f32 = 255 * 128;

/** Rows × columns of one tap, a panel of weights at a time. `w` is the packed matrix, `r` a residual or 0. */
export function rowsByPanelQ8(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  tileBytes: usize,
  tap: usize,
  c: usize,
  ldc: usize,
  raw: bool,
  r: usize,
  ldr: usize,
): void {
  const path = load<i32>(w, 44);
  const extras = w + <usize>load<u32>(w, 48);
  const flip = v128.load32_splat(w, 52);
  // Packed for a build that has what this one lacks?
  if (!ASC_FEATURE_RELAXED_SIMD && path !== PAIRS) unreachable();
  const columnBytes: usize = raw ? 4 : resultBytes() >> 3;
  if (ASC_FEATURE_RELAXED_SIMD && path === NARROW) {
    narrowQ8(m, n, k, a, lda, w + MATRIX_HEADER, tileBytes, c, ldc, columnBytes, r, ldr, raw);
    return;
  }
  const panel = max((PANEL_BYTES / k) & ~7, 8);
  for (let j = 0; j < n; j += panel) {
    const columns = min(panel, n - j);
    const tile = w + MATRIX_HEADER + <usize>(j >> 3) * tileBytes;
    let from = a;
    let to = c + <usize>j * columnBytes;
    let residual = r ? r + <usize>j : 0;
    let left = m;
    for (; left > 1; left -= 4) {
      if (ASC_FEATURE_RELAXED_SIMD && path === OCTETS) {
        octets4(left, columns, k, from, lda, tile, tileBytes, tap, to, ldc, raw, residual, ldr, extras);
      } else if (ASC_FEATURE_RELAXED_SIMD && path === MATCHED) {
        matched4(left, columns, k, from, lda, tile, tileBytes, tap, to, ldc, raw, residual, ldr, extras);
      } else if (ASC_FEATURE_RELAXED_SIMD && path === QUADS) {
        quads4(left, columns, k, from, lda, tile, tileBytes, tap, to, ldc, raw, residual, ldr, flip);
      } else {
        pairs4(left, columns, k, from, lda, tile, tileBytes, tap, to, ldc, raw, residual, ldr);
      }
      from += 4 * lda;
      to += 4 * ldc;
      if (r) residual += 4 * ldr;
    }
    if (left === 1) {
      if (ASC_FEATURE_RELAXED_SIMD && path === OCTETS) {
        octets1(columns, k, from, tile, tileBytes, tap, to, raw, residual, extras);
      } else if (ASC_FEATURE_RELAXED_SIMD && path === MATCHED) {
        matched1(columns, k, from, tile, tileBytes, tap, to, raw, residual, extras);
      } else if (ASC_FEATURE_RELAXED_SIMD && path === QUADS) {
        quads1(columns, k, from, tile, tileBytes, tap, to, raw, residual, flip);
      } else {
        pairs1(columns, k, from, tile, tileBytes, tap, to, raw, residual);
      }
    }
  }
}

/** Bytes from tile to tile of a packed matrix or convolution. @inline */
export function tileBytesQ8(w: usize): usize {
  return <usize>load<u32>(w, 56);
}

/** Bytes from tap to tap. @inline */
export function tapBytesQ8(w: usize): usize {
  return <usize>load<u32>(w, 60);
}

export function gemmQ8(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  c: usize,
  ldc: usize,
  residual: usize,
  ldr: usize,
): void {
  setRequant(w);
  const tileBytes = tileBytesQ8(w);
  if (m >= SETTLED_ROWS) setSums(w, w + MATRIX_HEADER, (n + 7) >> 3, tileBytes, MOST_PRODUCT * <f32>k);
  rowsByPanelQ8(m, n, k, a, lda, w, tileBytes, TILE_HEADER, c, ldc, false, residual, ldr);
}

export function transposed2x2Q8(
  x: usize,
  xRow: usize,
  xPix: usize,
  y: usize,
  yRow: usize,
  yPix: usize,
  rows: i32,
  xW: i32,
  cin: i32,
  cout: i32,
  w: usize,
  matrixBytes: usize,
): void {
  for (; rows > 0; rows--, x += xRow, y += 2 * yRow) {
    for (let tap: usize = 0; tap < 4; tap++) {
      gemmQ8(
        xW,
        cout,
        cin,
        x,
        xPix,
        w + tap * matrixBytes,
        y + (tap >> 1) * yRow + (tap & 1) * yPix,
        2 * yPix,
        0,
        0,
      );
    }
  }
}
