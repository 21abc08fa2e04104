/**
 * Decodes the blocks of sequential scans (libjpeg: `decode_mcu_slow` in jdhuff.c).
 *
 * @module
 */
import type { BitSource } from "./bits.ts";
import { type HuffmanTable, KIND, LOOK_BITS, LOOK_SHIFT, NO_VALUE, READ_VALUE, VALUE } from "./huffman.ts";
import { warnOfDamage } from "./warnings.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** A component in a sequential scan. */
export interface SequentialPart {
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
  /** What to multiply the k-th coefficient by, in zigzag order, as long as {@link NATURAL_ORDER}. */
  readonly quantizers: Int32Array;
  /** DC of the block before. */
  prediction: number;
}

/**
 * Decodes a block.
 *
 * @param block - 64 zeros; becomes the dequantized coefficients in natural order. That they wrap around at 16 bits is what
 * libjpeg-turbo's SIMD code does with damaged data
 * @returns index of the last coefficient that was coded, in zigzag order
 */
export function decodeBlock(source: BitSource, part: SequentialPart, block: Int16Array): number {
  decodeDc(source, part);
  const { quantizers, ac } = part;
  block[0] = part.prediction * quantizers[0];
  const { view } = source;
  const { look } = ac;
  const order = NATURAL_ORDER;
  let { bit } = source;
  let last = 0;
  let k = 1;
  while (k < 64) {
    const word = view.getInt32(bit >>> 3) << (bit & 7);
    let entry = look[word >>> LOOK_SHIFT];
    const kind = entry & KIND;
    if (kind === VALUE) {
      bit += entry & 31;
      k += (entry >> 5) & 15;
      block[order[k]] = (entry >> 16) * quantizers[k];
      last = k++;
      continue;
    }
    if (kind !== NO_VALUE && kind !== READ_VALUE) entry = decodeLongCode(source, ac, word);
    bit += entry & 31;
    const size = (entry >> 9) & 15;
    const run = (entry >> 5) & 15;
    if (size === 0) {
      if (run !== 15) break;
      k += 16;
      continue;
    }
    const value = signedValue(view.getInt32(bit >>> 3) << (bit & 7), size);
    bit += size;
    k += run;
    block[order[k]] = value * quantizers[k];
    last = k++;
  }
  source.bit = bit;
  return last;
}

/** Decodes a DC difference and adds it to the prediction. */
export function decodeDc(source: BitSource, part: { readonly dc: HuffmanTable; prediction: number }): void {
  const { view, bit } = source;
  const word = view.getInt32(bit >>> 3) << (bit & 7);
  let entry = part.dc.look[word >>> LOOK_SHIFT];
  const kind = entry & KIND;
  if (kind === VALUE || kind === NO_VALUE) {
    source.bit = bit + (entry & 31);
    part.prediction = (part.prediction + (entry >> 16)) | 0;
    return;
  }
  if (kind !== READ_VALUE) entry = decodeLongCode(source, part.dc, word);
  const size = (entry >> 9) & 15;
  const at = bit + (entry & 31);
  source.bit = at + size;
  if (size === 0) return;
  part.prediction = (part.prediction + signedValue(view.getInt32(at >>> 3) << (at & 7), size)) | 0;
}

/**
 * Decodes a symbol whose code is longer than the look-up, one bit after the other (T.81, figure F.16).
 *
 * @param word - the window at the code; its top 25 bits are the next of the data
 * @returns an entry as of {@link HuffmanTable.look}, without a value. A code that does not exist takes 17 bits and counts as
 * symbol 0
 */
export function decodeLongCode(source: BitSource, table: HuffmanTable, word: number): number {
  const { maxCode } = table;
  let length = LOOK_BITS + 1;
  while (word >>> (32 - length) > maxCode[length]) length++;
  if (length > 16) {
    warnOfDamage(source.stream.warnings, "bad Huffman code");
    return length;
  }
  const symbol = table.symbols[(word >>> (32 - length)) + table.symbolOffset[length]];
  return ((symbol & 15) << 9) | ((symbol >> 4) << 5) | length;
}

/**
 * The value that the top bits of a word stand for (T.81, figure F.12).
 *
 * @param size - how many bits, 1 to 15
 */
export function signedValue(word: number, size: number): number {
  const bits = word >>> (32 - size);
  return word < 0 ? bits : bits + (-1 << size) + 1;
}
