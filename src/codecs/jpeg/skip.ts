/**
 * Passes AC coefficients that the scale does not read, several at once.
 *
 * @module
 */
import type { BitSource } from "./bits.ts";
import { decodeLongCode } from "./block.ts";
import { type HuffmanTable, KIND, LONG_CODE, LOOK_SHIFT, VALUE } from "./huffman.ts";

/** Bits looked up at once. In photos two symbols and more fit; 8 KB a table stay in the first-level cache. */
const SKIP_BITS = 12;
const SKIP_SHIFT = 32 - SKIP_BITS;

/** An end of block is the last of the entry's symbols. */
const ENDS = 1 << 15;

/**
 * What the next `SKIP_BITS` bits hold: as many symbols as start in them and have their codes in them. The bits that they
 * and their values take (at most 11 + 1 + 15, as a value may reach beyond) are in bits 0–4, the coefficients that they pass
 * in bits 5–12, {@link ENDS} in bit 15. 0: the first code is longer than the look-up.
 */
export type SkipTable = Uint16Array;

/** Builds the table that goes with an AC table. */
export function buildSkipTable(table: HuffmanTable): SkipTable {
  const skip = new Uint16Array(1 << SKIP_BITS);
  for (let index = 0; index < skip.length; index++) skip[index] = skipEntry(table.look, index << SKIP_SHIFT);
  return skip;
}

/** The entry for a window of which the top `SKIP_BITS` bits are known. */
function skipEntry(look: Int32Array, window: number): number {
  let bits = 0;
  let passed = 0;
  while (bits < SKIP_BITS) {
    const entry = look[(window << bits) >>> LOOK_SHIFT];
    const kind = entry & KIND;
    const size = (entry >> 9) & 15;
    const run = (entry >> 5) & 15;
    const code = (entry & 31) - (kind === VALUE ? size : 0);
    // Behind the known bits are zeros, so codes that are not wholly known must not count.
    if (kind === LONG_CODE || bits + code > SKIP_BITS) break;
    bits += code + size;
    if (size === 0 && run !== 15) return ENDS | (passed << 5) | bits;
    passed += run + 1;
  }
  return (passed << 5) | bits;
}

/**
 * Passes a block's AC coefficients.
 *
 * @param skip - made of `table`
 */
export function skipAc(source: BitSource, table: HuffmanTable, skip: SkipTable): void {
  const { view } = source;
  let { bit } = source;
  let k = 1;
  for (;;) {
    const word = view.getInt32(bit >>> 3) << (bit & 7);
    const entry = skip[word >>> SKIP_SHIFT];
    const next = k + ((entry >> 5) & 255);
    if (next < 64 && entry !== 0) {
      bit += entry & 31;
      k = next;
      if (entry >= ENDS) break;
    } else {
      // Too long a code, or the block ends before the entry's last symbol: one at a time.
      const single = skipOne(source, table, bit);
      bit += single & 63;
      k += single >> 6;
      if (k > 63) break;
    }
  }
  source.bit = bit;
}

/** Passes one symbol. Returns its bits in bits 0–5, and above them the coefficients it passes: 64 for an end of block. */
function skipOne(source: BitSource, table: HuffmanTable, bit: number): number {
  const word = source.view.getInt32(bit >>> 3) << (bit & 7);
  let entry = table.look[word >>> LOOK_SHIFT];
  const kind = entry & KIND;
  if (kind === LONG_CODE) entry = decodeLongCode(source, table, word);
  const size = (entry >> 9) & 15;
  const run = (entry >> 5) & 15;
  const bits = (entry & 31) + (kind === VALUE ? 0 : size);
  return ((size === 0 && run !== 15 ? 64 : run + 1) << 6) | bits;
}
