/**
 * The coefficients of a whole component, for files that code them in several scans.
 *
 * Only what the inverse DCT of the chosen scale reads is kept (64, 49, 25 or 1 a block), plus one bit for each that is not
 * zero: refinement scans ask for it of every coefficient, kept or not.
 *
 * @module
 */
import { idct2Reads, idct4Reads } from "./idct-reduced.ts";
import type { ComponentLayout, DctSize } from "./scale.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** A component's coefficients. */
export interface Coefficients {
  readonly layout: ComponentLayout;
  /** Kept coefficients a block. */
  readonly slots: number;
  /** Where the k-th coefficient (zigzag order) is kept in its block; -1: nowhere. As long as {@link NATURAL_ORDER}. */
  readonly slotOf: Int8Array;
  /** `[block, slot]`, not dequantized; blocks row by row, those that complete an MCU too. */
  readonly values: Int16Array;
  /** `[block, 2]`: a bit for each coefficient that is not zero, by zigzag order. Empty where DC alone is kept. */
  readonly nonZero: Int32Array;
  /** Bits of `nonZero` whose coefficients are kept. */
  readonly keptLow: number;
  readonly keptHigh: number;
}

/** Whether the inverse DCT to a size reads the coefficient at a natural position. */
function reads(size: DctSize, natural: number): boolean {
  if (size === 8) return true;
  if (size === 4) return idct4Reads(natural);
  return size === 2 ? idct2Reads(natural) : natural === 0;
}

/** Coefficients that are kept of a block, for an inverse DCT to a size. */
export function slotsFor(size: DctSize): number {
  let slots = 0;
  for (let natural = 0; natural < 64; natural++) if (reads(size, natural)) slots++;
  return slots;
}

/** Room for a component, all zeros. */
export function createCoefficients(layout: ComponentLayout): Coefficients {
  const slotOf = new Int8Array(NATURAL_ORDER.length).fill(-1);
  let slots = 0;
  let keptLow = 0;
  let keptHigh = 0;
  for (let k = 0; k < slotOf.length; k++) {
    if (!reads(layout.dctSize, NATURAL_ORDER[k])) continue;
    // The entries past the end stand for the last coefficient.
    slotOf[k] = k < 64 ? slots++ : slotOf[63];
    if (k < 32) keptLow |= 1 << k;
    else if (k < 64) keptHigh |= 1 << (k - 32);
  }
  const blocks = layout.paddedBlocksWide * layout.paddedBlocksHigh;
  return {
    layout,
    slots,
    slotOf,
    values: new Int16Array(blocks * slots),
    nonZero: new Int32Array(slots > 1 ? 2 * blocks : 0),
    keptLow,
    keptHigh,
  };
}

/**
 * Keeps a block, and zeroes it.
 *
 * @param index - the block's number
 * @param block - 64 coefficients in natural order, not dequantized
 * @param last - index of the last that may be non-zero, in zigzag order
 */
export function storeBlock(coefficients: Coefficients, index: number, block: Int16Array, last: number): void {
  const { slots, slotOf, values, nonZero } = coefficients;
  values[index * slots] = block[0];
  block[0] = 0;
  for (let k = 1; k <= Math.min(last, 63); k++) {
    const at = NATURAL_ORDER[k];
    const value = block[at];
    if (value === 0) continue;
    block[at] = 0;
    if (slotOf[k] < 0) continue;
    values[index * slots + slotOf[k]] = value;
    nonZero[2 * index + (k >> 5)] |= 1 << (k & 31);
  }
}

/**
 * Dequantizes a block.
 *
 * @param index - the block's number
 * @param quantizers - in zigzag order
 * @param block - 64 zeros; becomes the coefficients in natural order
 * @returns index of the last coefficient that is not zero, in zigzag order
 */
export function loadBlock(
  coefficients: Coefficients,
  index: number,
  quantizers: Int32Array,
  block: Int16Array,
): number {
  const { slots, slotOf, values, nonZero, keptLow, keptHigh } = coefficients;
  const base = index * slots;
  block[0] = values[base] * quantizers[0];
  if (slots === 1) return 0;
  let last = 0;
  // Without DC, which is always there.
  for (let bits = nonZero[2 * index] & keptLow & ~1; bits !== 0; bits &= bits - 1) {
    last = 31 - Math.clz32(bits & -bits);
    block[NATURAL_ORDER[last]] = values[base + slotOf[last]] * quantizers[last];
  }
  for (let bits = nonZero[2 * index + 1] & keptHigh; bits !== 0; bits &= bits - 1) {
    last = 63 - Math.clz32(bits & -bits);
    block[NATURAL_ORDER[last]] = values[base + slotOf[last]] * quantizers[last];
  }
  return last;
}
