/**
 * Huffman tables in the forms in which the decoders look things up (libjpeg: `jpeg_make_d_derived_tbl` in jdhuff.c).
 *
 * @module
 */
import { broken, type HuffmanSpec } from "./tables.ts";

/** Bits looked up at once. Longer codes are rare (1 symbol in 100); larger tables leave the first-level cache. */
export const LOOK_BITS = 10;

/** Shift that brings the top `LOOK_BITS` bits of a 32-bit window down. */
export const LOOK_SHIFT = 32 - LOOK_BITS;

/**
 * A table to decode run/size symbols with. An entry of `look`, indexed by the next `LOOK_BITS` bits:
 *
 * | bits | |
 * | --- | --- |
 * | 0–4 | bits to consume: code and value, or the code alone where the value does not fit |
 * | 5–8 | zeros before the coefficient |
 * | 9–12 | size of the value in bits; 0 where there is none |
 * | 13–14 | kind: {@link VALUE}, {@link READ_VALUE}, {@link NO_VALUE}, {@link LONG_CODE} |
 * | 16–31 | the value, signed |
 */
export interface HuffmanTable {
  readonly look: Int32Array;
  /** For codes longer than `LOOK_BITS`: the largest code of each length, -1 where there is none; entry 17 ends every search. */
  readonly maxCode: Int32Array;
  /** What to add to a code of each length to get the index of its symbol. */
  readonly symbolOffset: Int32Array;
  readonly symbols: Uint8Array;
}

/** The entry holds the coefficient itself. */
export const VALUE = 0;
/** The code is complete, its value's bits are to be read. */
export const READ_VALUE = 1 << 13;
/** End of block or band, or sixteen zeros: a symbol of size 0. */
export const NO_VALUE = 2 << 13;
/** The code is longer than `LOOK_BITS`. */
export const LONG_CODE = 3 << 13;
/** Mask of the kind. */
export const KIND = 3 << 13;

/**
 * Builds the table for a specification.
 *
 * @param isDc - DC symbols are sizes of at most 15, others are refused; AC symbols are run/size
 * @throws {CodecError} `broken`, where the counts make no prefix code
 */
export function buildHuffmanTable(spec: HuffmanSpec, isDc: boolean): HuffmanTable {
  const { counts, symbols } = spec;
  const look = new Int32Array(1 << LOOK_BITS).fill(LONG_CODE);
  const maxCode = new Int32Array(18).fill(-1);
  const symbolOffset = new Int32Array(18);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    symbolOffset[length] = index - code;
    for (let i = 0; i < counts[length]; i++, index++, code++) {
      if (isDc && symbols[index] > 15)
        throw broken(`a DC Huffman table with symbol ${symbols[index]}, of 0 to 15`);
      if (length <= LOOK_BITS) fillEntries(look, code, length, symbols[index]);
    }
    // The code of all ones is reserved, so even the last code must leave room (T.81, C.2).
    if (counts[length] > 0 && code >= 1 << length) throw broken("a Huffman table whose codes do not fit");
    if (counts[length] > 0) maxCode[length] = code - 1;
    code <<= 1;
  }
  maxCode[17] = 0xfffff;
  return { look, maxCode, symbolOffset, symbols };
}

/** Fills in every entry that starts with a code. */
function fillEntries(look: Int32Array, code: number, length: number, symbol: number): void {
  const free = LOOK_BITS - length;
  const run = symbol >> 4;
  const size = symbol & 15;
  const first = code << free;
  for (let rest = 0; rest < 1 << free; rest++) {
    look[first + rest] = entryOf(length, run, size, rest, free);
  }
}

/** The entry for a code that is followed by the `free` bits `rest`. */
function entryOf(length: number, run: number, size: number, rest: number, free: number): number {
  if (size === 0) return NO_VALUE | (run << 5) | length;
  if (size > free) return READ_VALUE | (size << 9) | (run << 5) | length;
  const bits = rest >> (free - size);
  return (extend(bits, size) << 16) | VALUE | (size << 9) | (run << 5) | (length + size);
}

/** The value that `size` bits stand for (T.81, figure F.12). */
function extend(bits: number, size: number): number {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
