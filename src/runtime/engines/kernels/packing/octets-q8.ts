/**
 * Settles how a matrix that is packed in octets is multiplied best (src/kernels/q8-tiles.ts has the ways), and packs what that needs.
 *
 * @module
 */
import type { Kernels } from "../module.ts";
import { Q8_PATH } from "../module-q8.ts";
import { MATRIX_HEADER, type MatrixLayout } from "./matrix-layout.ts";

/** Bytes of an extra step: where it lies in K, then 4 K × 8 columns of weights. */
const EXTRA_BYTES = 36;
/** K of an octet. */
const OCTET_K = 8;
/** With more extra steps an octet than this, pairs are faster (octets take 0.57 of their time). */
const MOST_EXTRAS = 1;
/**
 * With more extra steps an octet than this, octets are matched: an extra step takes two thirds of an octet's time, a matched octet 1.12 of it. There is
 * something to match from three octets on.
 */
const FEW_EXTRAS = 0.18;
const MATCHED_K = 24;
/** Bytes of an octet's order: the first K of its quads. */
const ORDER_BYTES = 4;
/** K for which octets are packed narrow (src/kernels/q8-narrow.ts): from two octets on, up to so many without padding. */
const NARROW_K = { least: 16, most: 28 };

/** What ways that only packing knows of are called in a matrix's header, beside {@link Q8_PATH}. */
const NARROW = 3;
const MATCHED = 4;

/**
 * Moves weights of octets, in their places, to where no sum of them overflows 16 bits; `way` says what they are then. Those that would be slower than
 * pairs, which are as exact, stay as they are.
 *
 * @param own the matrix's first byte
 * @param allocate gives so many bytes for orders and extra steps; memory may grow
 * @returns the way in which the matrix is multiplied, and where the places of orders and extra steps count from
 */
export function settleOctets(
  kernels: Kernels,
  own: number,
  layout: MatrixLayout,
  allocate: (bytes: number) => number,
): { way: number; extras: number } {
  const { k, tiles, packedTaps } = layout;
  const tile = own + MATRIX_HEADER;
  const shape = [tiles, packedTaps, k] as const;
  if (isNarrow(layout) && kernels.fitPairsQ8(tile, tiles, k)) {
    return { way: NARROW, extras: own };
  }
  const octets = tiles * packedTaps * (k / OCTET_K);
  let orders = 0;
  let count = kernels.takeExtrasQ8(tile, ...shape, 0, 0);
  if (k >= MATCHED_K && count > FEW_EXTRAS * octets) {
    orders = allocate(octets * ORDER_BYTES);
    kernels.matchQuadsQ8(tile, ...shape, orders);
    count = kernels.takeExtrasQ8(tile, ...shape, 0, orders);
  }
  if (count > MOST_EXTRAS * octets) {
    if (orders) kernels.restoreQuadsQ8(tile, ...shape, orders);
    return { way: Q8_PATH.pairs, extras: own };
  }
  let extras = own;
  if (count > 0) {
    extras = allocate(count * EXTRA_BYTES);
    kernels.takeExtrasQ8(tile, ...shape, extras, orders);
  }
  return orders ? { way: MATCHED, extras: orders } : { way: Q8_PATH.octets, extras };
}

function isNarrow({ inputs, taps, tapK, k, packedTaps }: MatrixLayout): boolean {
  const used = tapK > 0 ? inputs * taps : inputs;
  return packedTaps === 1 && k >= NARROW_K.least && used <= NARROW_K.most;
}
