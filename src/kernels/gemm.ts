/**
 * Float matrix product with bias, residual and activation (see `gemmF32` in src/runtime/engines/kernels/module/matrix.ts), blocked for the caches.
 *
 * Innermost, four rows of A stay in the first-level cache while a panel of weights streams by from the second: one long run that
 * the processor's prefetcher follows (the other way round, with weights resident and rows of A streaming, was 10 % slower).
 */
import { activateRows, plain, setActivation } from "./activation";
import { strips4, tile1, tile2, tile3 } from "./gemm-tiles";
import { widenF16 } from "./half";

/** Longest run of K: four rows of A take 20 KB, of a first-level cache of 32 or more. */
const RUN: i32 = 1280;
/** Weights of a panel, in floats: 384 KB, of a second-level cache of 512 or more. */
const PANEL: i32 = 96 * 1024;

/**
 * Rows of a strip, of which four are walked side by side, so that A and C are four long runs each: with four neighbouring rows at a time
 * the prefetcher met the end of a run after each, and maps beyond the second-level cache took 8 to 20 % longer. Odd, lest the four
 * lie at a power of two from each other and share sets of the cache.
 */
const STRIP_ROWS: i32 = 251;

/**
 * Products of a strip's rows by columns and K that a call makes, where it is more than a row: 10 µs. Short products so share a call's cost, and long ones
 * soon go on in code that V8 has optimised meanwhile.
 */
const CALL_WORK: i32 = 64 * 1024;

/** `m` rows × `columns` columns over a run of K; the arguments are those of {@link strips4}. */
export function rowsByPanel(
  m: i32,
  columns: i32,
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  tileBytes: usize,
  bias: usize,
  c: usize,
  ldc: usize,
  res: usize,
  ldr: usize,
  finish: bool,
): void {
  // 5 rows at the end go as 3 + 2: a single row costs nearly as much as three.
  const three = (m & 3) === 3 || ((m & 3) === 1 && m > 4);
  const two = (m & 3) === 2 || ((m & 3) === 1 && m > 4);
  let fours = m - (three ? 3 : 0) - (two ? 2 : 0);
  const most = max(CALL_WORK / (columns * k), 1);
  while (fours >= 4) {
    const strip = min(fours >> 2, STRIP_ROWS);
    for (let left = strip; left > 0; left -= most) {
      const turns = min(left, most);
      strips4(turns, strip, columns, k, a, lda, w, tileBytes, bias, c, ldc, res, ldr, finish);
      a += <usize>turns * lda;
      c += <usize>turns * ldc;
      if (res) res += <usize>turns * ldr;
    }
    const skip = <usize>(3 * strip);
    a += skip * lda;
    c += skip * ldc;
    if (res) res += skip * ldr;
    fours -= 4 * strip;
  }
  if (m & 3) rest(m, three, two, columns, k, a, lda, w, tileBytes, bias, c, ldc, res, ldr, finish);
}

/** The last rows: three and two of them, or one. */
function rest(
  m: i32,
  three: bool,
  two: bool,
  columns: i32,
  k: i32,
  a: usize,
  lda: usize,
  w: usize,
  tileBytes: usize,
  bias: usize,
  c: usize,
  ldc: usize,
  res: usize,
  ldr: usize,
  finish: bool,
): void {
  for (; columns > 0; columns -= 8) {
    const wide = columns > 4;
    if (m === 1) tile1(k, a, w, bias, c, res, finish, wide);
    if (three) tile3(k, a, lda, w, bias, c, ldc, res, ldr, finish, wide);
    if (two) {
      const past = three ? 3 : 0;
      tile2(
        k,
        a + past * lda,
        lda,
        w,
        bias,
        c + past * ldc,
        ldc,
        res ? res + past * ldr : 0,
        ldr,
        finish,
        wide,
      );
    }
    w += tileBytes;
    c += 32;
    if (bias) bias += tileBytes;
    if (res) res += 32;
  }
}

/** Columns of a panel over a run of K: a multiple of 8. @inline */
export function panelColumns(run: i32): i32 {
  return max((PANEL / run) & ~7, 8);
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
  const tileBytes = <usize>(k + 1) * 32;
  // A single row streams the weights once: no blocks.
  const run = m === 1 ? k : RUN;
  const panel = panelColumns(min(run, k));
  for (let p = 0; p < k; p += run) {
    const depth = min(run, k - p);
    for (let j = 0; j < n; j += panel) {
      const tile = w + <usize>(j >> 3) * tileBytes;
      rowsByPanel(
        m,
        min(panel, n - j),
        depth,
        a + <usize>p * 4,
        lda,
        tile + <usize>(p + 1) * 32,
        tileBytes,
        p ? 0 : tile,
        c + <usize>j * 4,
        ldc,
        // With the first run: it may lie where the sums go.
        residual && !p ? residual + <usize>j * 4 : 0,
        ldr,
        p + depth === k && !plain,
      );
    }
  }
  activateRows(m, n, c, ldc);
}

/** A panel of widened weights: 4 tiles of 1024 rows of K and bias, 128 KB (`GEMM_F16_SCRATCH_BYTES`). */
const WIDE_RUN: i32 = 1024;
const WIDE_COLUMNS: i32 = 32;

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
  const tileBytes = 32 + <usize>k * 16;
  for (let p = 0; p < k; p += WIDE_RUN) {
    const depth = min(WIDE_RUN, k - p);
    const wideBytes = <usize>(depth + 1) * 32;
    for (let j = 0; j < n; j += WIDE_COLUMNS) {
      const columns = min(WIDE_COLUMNS, n - j);
      let tile = w + <usize>(j >> 3) * tileBytes;
      let wide = scratch;
      for (let t = 0; t < columns; t += 8, tile += tileBytes, wide += wideBytes) {
        v128.store(wide, v128.load(tile));
        v128.store(wide, v128.load(tile, 16), 16);
        widenF16(8 * depth, tile + 32 + <usize>p * 16, wide + 32);
      }
      rowsByPanel(
        m,
        columns,
        depth,
        a + <usize>p * 4,
        lda,
        scratch + 32,
        wideBytes,
        p ? 0 : scratch,
        c + <usize>j * 4,
        ldc,
        residual && !p ? residual + <usize>j * 4 : 0,
        ldr,
        p + depth === k && !plain,
      );
    }
  }
  activateRows(m, n, c, ldc);
}
