/**
 * Packing of integer matrices where they stay (src/runtime/engines/kernels/packing/matrix-q8.ts): weights go to their places in the order of octets and quads
 * as they stream in; what depends on all weights of a tile follows. The layout is told in q8-tiles.ts.
 *
 * Common arguments: `tile` the first of `tiles`, each of `taps` taps of `k` K (a multiple of 8).
 */
import { EXTRA_BYTES, TAP_HEADER, TILE_HEADER } from "./q8-tiles";

/** Bytes of four K of 8 columns. */
const QUAD: usize = 32;

/** Weights of one sign that meet in a sum of 16 bits add up to at most this: 255 · 128 < 2^15. */
const LIMIT: i32 = 128;

/** Byte of a K within its column's first. @inline */
function place(k: i32): usize {
  return (<usize>(k >> 2) * QUAD) | <usize>(k & 3);
}

/** Copies consecutive K of a column, the first of which is `k`. */
function copyColumn(x: usize, n: i32, y: usize, k: i32): void {
  for (; n > 0 && (k & 3) !== 0; n--) store<u8>(y + place(k++), load<u8>(x++));
  y += place(k);
  for (; n >= 4; n -= 4) {
    store<u32>(y, load<u32>(x));
    x += 4;
    y += QUAD;
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
        b += QUAD;
      }
      v128.store(tile, i32x4.mul(s0, factor));
      v128.store(tile, i32x4.mul(s1, factor), 16);
      from = b;
      tile = own ? b : tile + TAP_HEADER;
    }
  }
}

/** Sums of the pairs of 16 weights, of one sign. @inline */
function positive(weights: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(i8x16.max_s(weights, i8x16.splat(0)));
}

/** @inline */
function negative(weights: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(i8x16.min_s(weights, i8x16.splat(0)));
}

/** Whether sums of one sign go over the limit. @inline */
function exceed(up: v128, down: v128): bool {
  return v128.any_true(
    v128.or(i16x8.gt_s(up, i16x8.splat(<i16>LIMIT)), i16x8.lt_s(down, i16x8.splat(<i16>-LIMIT))),
  );
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
      for (const end = b + <usize>k * 8; b < end; b += QUAD) {
        const low = v128.load(b);
        const high = v128.load(b, 16);
        v128.store(b, v128.shuffle<u16>(low, high, 0, 2, 4, 6, 8, 10, 12, 14));
        v128.store(b, v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15), 16);
      }
    }
  }
}

/** The weights of a pair that have a sign, added up without it. @inline */
function amount(pair: usize, sign: i32): i32 {
  return max(sign * load<i8>(pair), 0) + max(sign * load<i8>(pair, 1), 0);
}

/** Whether so many extra steps of each of an octet's quads take all that exceeds the limit. */
function suffice(octet: usize, first: i32, second: i32): bool {
  for (let pair = octet; pair < octet + QUAD; pair += 2) {
    for (let sign = -1; sign < 2; sign += 2) {
      const a = amount(pair, sign);
      const b = amount(pair + QUAD, sign);
      if (a + b - LIMIT > min(a, first * LIMIT) + min(b, second * LIMIT)) return false;
    }
  }
  return true;
}

/** Moves what exceeds the limit from a quad of an octet to an extra step, as far as one can hold it. */
function takeStep(quad: usize, other: usize, extra: usize, k: i32): void {
  memory.fill(extra, 0, EXTRA_BYTES);
  store<u32>(extra, k);
  extra += 4;
  for (let at: usize = 0; at < QUAD; at += 2) {
    for (let sign = -1; sign < 2; sign += 2) {
      const own = amount(quad + at, sign);
      let left = min(own + amount(other + at, sign) - LIMIT, min(own, LIMIT));
      for (let i = at; i < at + 2 && left > 0; i++) {
        const weight = <i32>load<i8>(quad + i);
        const part = min(left, sign * weight);
        if (part <= 0) continue;
        store<i8>(quad + i, weight - sign * part);
        store<i8>(extra + i, sign * part);
        left -= part;
      }
    }
  }
}

/** Takes what exceeds the limit from an octet, the first K of which is `k`, in as few steps as can be. Gives their number; 0 for `extra` only counts. */
function takeOctet(octet: usize, k: i32, extra: usize): i32 {
  const x0 = v128.load(octet);
  const x1 = v128.load(octet, 16);
  const z0 = v128.load(octet, 32);
  const z1 = v128.load(octet, 48);
  const fits =
    !exceed(i16x8.add(positive(x0), positive(z0)), i16x8.add(negative(x0), negative(z0))) &&
    !exceed(i16x8.add(positive(x1), positive(z1)), i16x8.add(negative(x1), negative(z1)));
  if (fits) return 0;
  // Two steps of each quad hold all there is.
  let steps = 1;
  let first = 1;
  while (!suffice(octet, first, steps - first)) {
    if (first === 0 || steps - first === 2) first = min(++steps, 2);
    else first--;
  }
  if (extra) {
    for (let i = 0; i < steps; i++, extra += EXTRA_BYTES) {
      if (i < first) takeStep(octet, octet + QUAD, extra, k);
      else takeStep(octet + QUAD, octet, extra, k + 4);
    }
  }
  return steps;
}

export function takeExtrasQ8(tile: usize, tiles: i32, taps: i32, k: i32, extras: usize): i32 {
  let count = 0;
  let b = tile;
  for (; tiles > 0; tiles--) {
    b += TILE_HEADER;
    for (let tap = 0; tap < taps; tap++) {
      const header = b;
      const before = count;
      b += TAP_HEADER;
      for (let i = 0; i < k; i += 8, b += 2 * QUAD) {
        count += takeOctet(b, i, extras ? extras + <usize>count * EXTRA_BYTES : 0);
      }
      if (!extras) continue;
      store<u32>(header, <u32>before * <u32>EXTRA_BYTES, 32);
      store<u32>(header, count - before, 36);
    }
  }
  return count;
}
