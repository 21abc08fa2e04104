/**
 * The integer matrix product of 24 or 28 K: four columns' weights stay in registers while rows go by, and leave sums to a loop that ends them (q8-sums.ts).
 */
import { endSums, SUM_BYTES } from "./q8-sums";
import { addSums, TILE_HEADER, tapWeights } from "./q8-tiles";
import { splat0, splat1, splat2, splat3 } from "./simd";

/** Where sums lie, and behind them scales and biases of their tile: memory below `MEMORY_BASE`, which callers leave alone. */
const SUMS: usize = 1024;
const MOST_ROWS: usize = 64;
const BLOCK: usize = SUMS + MOST_ROWS * SUM_BYTES;

/** Four K of four columns. @inline */
function product(w: v128, x: v128, ones: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones);
}

/** Four columns of a row. @inline */
function rowSums(
  long: bool,
  a: usize,
  w0: v128,
  w1: v128,
  w2: v128,
  w3: v128,
  w4: v128,
  w5: v128,
  w6: v128,
  ones: v128,
): v128 {
  // Loaded once and spread by shuffles: workerd checks the bounds of each load.
  let x = v128.load(a);
  let s = product(w0, splat0(x), ones);
  s = i32x4.add(s, product(w1, splat1(x), ones));
  s = i32x4.add(s, product(w2, splat2(x), ones));
  s = i32x4.add(s, product(w3, splat3(x), ones));
  x = long ? v128.load(a, 16) : v128.load64_zero(a, 16);
  s = i32x4.add(s, product(w4, splat0(x), ones));
  s = i32x4.add(s, product(w5, splat1(x), ones));
  return long ? i32x4.add(s, product(w6, splat2(x), ones)) : s;
}

/**
 * Four columns of `m` rows, two at a time: one that does not exist repeats the one before.
 *
 * @param long whether K is 28, not 24
 * @param b weights of the columns
 * @param to sums
 * @inline
 */
function fourColumns(long: bool, m: i32, a: usize, lda: usize, b: usize, to: usize): void {
  const ones = i16x8.splat(1);
  const w0 = v128.load(b);
  const w1 = v128.load(b, 32);
  const w2 = v128.load(b, 64);
  const w3 = v128.load(b, 96);
  const w4 = v128.load(b, 128);
  const w5 = v128.load(b, 160);
  const w6 = long ? v128.load(b, 192) : ones;
  for (; m > 0; m -= 2) {
    v128.store(to, rowSums(long, a, w0, w1, w2, w3, w4, w5, w6, ones));
    if (m > 1) a += lda;
    v128.store(to, rowSums(long, a, w0, w1, w2, w3, w4, w5, w6, ones), SUM_BYTES);
    a += lda;
    to += 2 * SUM_BYTES;
  }
}

/** K = 24. */
function columns24(m: i32, a: usize, lda: usize, b: usize, to: usize): void {
  fourColumns(false, m, a, lda, b, to);
}

/** K = 28. */
function columns28(m: i32, a: usize, lda: usize, b: usize, to: usize): void {
  fourColumns(true, m, a, lda, b, to);
}

/** Adds sums to those at `c`, and what each column has for the input's zero point. */
function addRows(m: i32, tile: usize, c: usize, ldc: usize): void {
  const correction0 = v128.load(tile, TILE_HEADER);
  const correction1 = v128.load(tile, TILE_HEADER + 16);
  for (let sums = SUMS; m > 0; m--, sums += SUM_BYTES, c += ldc) {
    const s0 = i32x4.add(v128.load(sums), correction0);
    addSums(s0, i32x4.add(v128.load(sums, 16), correction1), c);
  }
}

/**
 * A tile of 8 columns.
 *
 * @param k 24 or more; of more, what is behind 28 has weights of zero
 * @param m rows, 64 at most
 * @param r residual, or 0
 * @param raw whether sums are added to those at `c`
 */
export function sumTile(
  k: i32,
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
  const b = tapWeights(tile + TILE_HEADER);
  for (let half: usize = 0; half < SUM_BYTES; half += 16) {
    if (k === 24) columns24(m, a, lda, b + half, SUMS + half);
    else columns28(m, a, lda, b + half, SUMS + half);
  }
  if (raw) {
    addRows(m, tile, c, ldc);
    return;
  }
  v128.store(BLOCK, v128.load(tile));
  v128.store(BLOCK, v128.load(tile, 16), 16);
  v128.store(BLOCK, v128.load(tile, 32), 32);
  v128.store(BLOCK, v128.load(tile, 48), 48);
  endSums(1, m, SUMS, BLOCK, c, 0, ldc, r, ldr);
}
