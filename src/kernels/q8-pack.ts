/**
 * Packing of integer matrices where they stay (src/runtime/engines/kernels/packing/matrix-q8.ts): weights go to their places in the order of octets and quads
 * as they stream in; what depends on all weights of a tile follows. The layout is told in q8-tiles.ts,
 * extra steps in q8-extras.ts.
 *
 * Common arguments: `tile` the first of `tiles`, each of `taps` taps of `k` K (a multiple of 8).
 */
import { exceed, negative, positive } from "./q8-limit";
import { addSums, QUAD_BYTES, storeSums, TAP_HEADER, TILE_HEADER } from "./q8-tiles";

/** Where a tile has its biases. */
const BIASES: usize = 32;

/** Byte of a K within its column's first. @inline */
function place(k: i32): usize {
  return (<usize>(k >> 2) * QUAD_BYTES) | <usize>(k & 3);
}

/** Copies consecutive K of a column, the first of which is `k`. */
function copyColumn(x: usize, n: i32, y: usize, k: i32): void {
  for (; n > 0 && (k & 3) !== 0; n--) store<u8>(y + place(k++), load<u8>(x++));
  y += place(k);
  for (; n >= 4; n -= 4) {
    store<u32>(y, load<u32>(x));
    x += 4;
    y += QUAD_BYTES;
  }
  for (; n > 0; n--) store<u8>(y++, load<u8>(x++));
}

export function packQ8(
  x: usize,
  n: i32,
  start: i32,
  y: usize,
  taps: i32,
  minor: i32,
  outputsFirst: bool,
  tapK: i32,
  tapStride: usize,
  tileBytes: usize,
): void {
  let tap = start % taps;
  let inner = (start / taps) % minor;
  let outer = start / taps / minor;
  while (n > 0) {
    const output = outputsFirst ? outer : inner;
    const column = y + <usize>(output >> 3) * tileBytes + ((<usize>output & 7) << 2);
    if (taps === 1 && outputsFirst) {
      const run = min(n, minor - inner);
      copyColumn(x, run, column, inner);
      x += run;
      n -= run;
      inner = 0;
      outer++;
      continue;
    }
    const input = outputsFirst ? inner : outer;
    const end = min(taps, tap + n);
    n -= end - tap;
    for (; tap < end; tap++) {
      store<u8>(column + <usize>tap * tapStride + place(input + tap * tapK), load<u8>(x++));
    }
    tap = 0;
    if (++inner === minor) {
      inner = 0;
      outer++;
    }
  }
}

export function correctQ8(tile: usize, tiles: i32, taps: i32, k: i32, zero: i32, from: usize): void {
  const factor = i32x4.splat(-zero);
  const own = tile === from;
  for (; tiles > 0; tiles--) {
    const biases = tile + BIASES;
    tile += TILE_HEADER;
    from += TILE_HEADER;
    for (let tap = 0; tap < taps; tap++) {
      let s0 = i32x4.splat(0);
      let s1 = s0;
      let b = from + TAP_HEADER;
      store<u32>(tile, b - tile, 40);
      for (let i = 0; i < k; i += 4) {
        s0 = i32x4.add(s0, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(b))));
        s1 = i32x4.add(s1, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(b, 16))));
        b += QUAD_BYTES;
      }
      s0 = i32x4.mul(s0, factor);
      s1 = i32x4.mul(s1, factor);
      storeSums(s0, s1, tile);
      if (taps === 1) addSums(s0, s1, biases);
      from = b;
      tile = own ? b : tile + TAP_HEADER;
    }
  }
}

export function fitPairsQ8(tile: usize, tiles: i32, k: i32): bool {
  let b = tile;
  for (; tiles > 0; tiles--) {
    b += TILE_HEADER + TAP_HEADER;
    for (const end = b + <usize>k * 8; b < end; b += 16) {
      const weights = v128.load(b);
      if (exceed(positive(weights), negative(weights))) return false;
    }
  }
  return true;
}

export function pairColumnsQ8(tile: usize, tiles: i32, taps: i32, k: i32): void {
  let b = tile;
  for (; tiles > 0; tiles--) {
    b += TILE_HEADER;
    for (let tap = 0; tap < taps; tap++) {
      b += TAP_HEADER;
      for (const end = b + <usize>k * 8; b < end; b += QUAD_BYTES) {
        const low = v128.load(b);
        const high = v128.load(b, 16);
        v128.store(b, v128.shuffle<u16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14));
        v128.store(b, v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15), 16);
      }
    }
  }
}
