/**
 * The integer matrix product of few K (16, 24, or 28 padded to 32): see q8-tiles.ts. A tile meets some rows before the next tile does.
 */

import { sumTile } from "./q8-narrow-sums";
import { ANY, narrowTile } from "./q8-narrow-tile";
import { clampsLow, HARDSWISH, LINEAR, mode } from "./q8-requant";

/** Rows that go by before the next tile: their inputs and results stay in a first-level cache. */
const BLOCK_ROWS: i32 = 64;

/** K = 16. */
function linear16(m: i32, a: usize, lda: usize, tile: usize, c: usize, ldc: usize): void {
  narrowTile(false, LINEAR, m, a, lda, tile, c, ldc, false, 0, 0, false);
}

/** K = 16, a residual. */
function added16(
  m: i32,
  a: usize,
  lda: usize,
  tile: usize,
  c: usize,
  ldc: usize,
  r: usize,
  ldr: usize,
): void {
  narrowTile(false, LINEAR, m, a, lda, tile, c, ldc, true, r, ldr, false);
}

/** K = 16, then hard-swish. */
function swish16(m: i32, a: usize, lda: usize, tile: usize, c: usize, ldc: usize): void {
  narrowTile(false, HARDSWISH, m, a, lda, tile, c, ldc, false, 0, 0, false);
}

/** K = 16, any end. */
function any16(
  m: i32,
  a: usize,
  lda: usize,
  tile: usize,
  c: usize,
  ldc: usize,
  r: usize,
  ldr: usize,
  raw: bool,
): void {
  narrowTile(false, ANY, m, a, lda, tile, c, ldc, r !== 0, r, ldr, raw);
}

/** K = 24, any end. */
function any24(
  m: i32,
  a: usize,
  lda: usize,
  tile: usize,
  c: usize,
  ldc: usize,
  r: usize,
  ldr: usize,
  raw: bool,
): void {
  narrowTile(true, ANY, m, a, lda, tile, c, ldc, r !== 0, r, ldr, raw);
}

/**
 * @param k 16 or 24; 32 where the last four have weights of zero (a stem's 27)
 * @param tile first of the tiles, `tileBytes` apart
 * @param columnBytes bytes of a result
 */
export function narrowQ8(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  lda: usize,
  tile: usize,
  tileBytes: usize,
  c: usize,
  ldc: usize,
  columnBytes: usize,
  r: usize,
  ldr: usize,
  raw: bool,
): void {
  const end = raw || clampsLow || mode > HARDSWISH || (r && mode !== LINEAR) ? ANY : mode;
  for (; m > 0; m -= BLOCK_ROWS) {
    const rows = min(m, BLOCK_ROWS);
    for (let j = 0; j < n; j += 8) {
      const at = tile + <usize>(j >> 3) * tileBytes;
      const to = c + <usize>j * columnBytes;
      const residual = r ? r + <usize>j : 0;
      if (k > 24 || (k === 24 && rows > 1 && !raw && !residual)) {
        sumTile(k, rows, a, lda, at, to, ldc, residual, ldr, raw);
      } else if (k === 24) any24(rows, a, lda, at, to, ldc, residual, ldr, raw);
      else if (end === LINEAR && r) added16(rows, a, lda, at, to, ldc, residual, ldr);
      else if (end === LINEAR) linear16(rows, a, lda, at, to, ldc);
      else if (end === HARDSWISH) swish16(rows, a, lda, at, to, ldc);
      else any16(rows, a, lda, at, to, ldc, residual, ldr, raw);
    }
    a += BLOCK_ROWS * lda;
    c += BLOCK_ROWS * ldc;
    if (r) r += BLOCK_ROWS * ldr;
  }
}
