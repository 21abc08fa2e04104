/**
 * Float matrix product with bias, residual and activation (see `gemmF32` in src/runtime/engines/kernels/module.ts), blocked for the caches:
 * K in runs whose weight tile stays in the first-level cache, rows in blocks whose part of A stays in the second. The residual is added with
 * the first run: it may lie where the sums go.
 */
import { activateRows, setActivation } from "./activation";
import { tile1, tile2, tile3, tiles4 } from "./gemm-tiles";
import { widenF16 } from "./half";

/** Longest run of K: its weight tile takes 16 KB, half of a first-level cache. */
const RUN: i32 = 512;
/** Bytes of A and C in a block of rows, so that C's cache lines, written a tile at a time, stay near. */
const NEAR_BYTES: i32 = 64 * 1024;
/** Weights over this size come from afar: they are read once for as many rows as the second-level cache holds of A. */
const FAR_WEIGHTS: i32 = 512 * 1024;
const FAR_BYTES: i32 = 256 * 1024;

/** Rows of one tile column: as many groups of four as there are, the rest so that no single row is left over. */
export function tileColumn(
  m: i32,
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  init: usize,
  c: usize,
  ldc: usize,
  res: usize,
  ldr: usize,
  finish: bool,
  wide: bool,
): void {
  let fours = m & ~3;
  let rest = m & 3;
  if (rest === 1 && fours) {
    // 5 rows go as 3 + 2: a single row costs nearly as much as three.
    fours -= 4;
    rest = 5;
  }
  if (fours) {
    tiles4(fours, k, a, lda, w, init, c, ldc, res, ldr, finish, wide);
    a += <usize>fours * lda;
    c += <usize>fours * ldc;
    if (res) res += <usize>fours * ldr;
  }
  if (rest >= 3) {
    tile3(k, a, lda, w, init, c, ldc, res, ldr, finish, wide);
    a += 3 * lda;
    c += 3 * ldc;
    if (res) res += 3 * ldr;
    rest -= 3;
  }
  if (rest === 2) tile2(k, a, lda, w, init, c, ldc, res, ldr, finish, wide);
  else if (rest === 1) tile1(k, a, w, init, c, res, finish, wide);
}

/** Rows of a block: a multiple of 4. */
function blockRows(n: i32, k: i32): i32 {
  const run = min(k, RUN);
  const rows = n * k > FAR_WEIGHTS / 4 ? FAR_BYTES / (4 * run) : NEAR_BYTES / (4 * (run + n));
  return max(rows & ~3, 16);
}

export function gemmF32(
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
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  const tile = <usize>(k + 1) * 32;
  // A single row streams the weights once: no blocks.
  const run = m === 1 ? k : RUN;
  const block = blockRows(n, k);
  for (let i = 0; i < m; i += block) {
    const rows = min(block, m - i);
    const rowA = a + <usize>i * lda;
    const rowC = c + <usize>i * ldc;
    const rowR = residual ? residual + <usize>i * ldr : 0;
    for (let p = 0; p < k; p += run) {
      const depth = min(run, k - p);
      const finish = p + depth === k;
      let tileW = w;
      for (let j = 0; j < n; j += 8) {
        tileColumn(
          rows,
          depth,
          rowA + <usize>p * 4,
          lda,
          tileW + <usize>(p + 1) * 32,
          p ? 0 : tileW,
          rowC + <usize>j * 4,
          ldc,
          p === 0 && rowR ? rowR + <usize>j * 4 : 0,
          ldr,
          finish,
          n - j >= 8,
        );
        tileW += tile;
      }
    }
    activateRows(rows, n, rowC, ldc);
  }
}

export function gemmF32W16(
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
  act: i32,
  lo: f32,
  hi: f32,
  scratch: usize,
): void {
  setActivation(act, lo, hi);
  // Bias stays float: 32 bytes, then 16 for each K.
  const tile = 32 + <usize>k * 16;
  for (let p = 0; p < k; p += RUN) {
    const depth = min(RUN, k - p);
    const finish = p + depth === k;
    let tileW = w;
    for (let j = 0; j < n; j += 8) {
      widenF16(8 * depth, tileW + 32 + <usize>p * 16, scratch);
      tileColumn(
        m,
        depth,
        a + <usize>p * 4,
        lda,
        scratch,
        p ? 0 : tileW,
        c + <usize>j * 4,
        ldc,
        p === 0 && residual ? residual + <usize>j * 4 : 0,
        ldr,
        finish,
        n - j >= 8,
      );
      tileW += tile;
    }
  }
  activateRows(m, n, c, ldc);
}
