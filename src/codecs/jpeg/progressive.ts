/**
 * The four kinds of scans of progressive files (libjpeg: jdphuff.c). Each function decodes one MCU: blocks of all
 * components for DC, a block of one component for AC.
 *
 * @module
 */
import type { BitSource } from "./bits.ts";
import { decodeDc, decodeLongCode, signedValue } from "./block.ts";
import type { Coefficients } from "./coefficients.ts";
import { type HuffmanTable, KIND, LONG_CODE, LOOK_SHIFT, VALUE } from "./huffman.ts";
import { warnOfDamage } from "./warnings.ts";

/** A DC scan's component: its table (only first scans need one) and the DC of the block before. */
export interface DcPart {
  readonly coefficients: Coefficients;
  readonly dc: HuffmanTable;
  prediction: number;
}

/** Decodes a block's DC, all but the low bits. */
export function decodeDcFirst(source: BitSource, part: DcPart, index: number, low: number): void {
  decodeDc(source, part);
  const { coefficients } = part;
  coefficients.values[index * coefficients.slots] = part.prediction << low;
}

/** Decodes one more bit of a block's DC. */
export function decodeDcRefine(source: BitSource, part: DcPart, index: number, low: number): void {
  const { coefficients } = part;
  if (readBit(source)) coefficients.values[index * coefficients.slots] |= 1 << low;
}

/** An AC scan. */
export interface AcScan {
  readonly coefficients: Coefficients;
  readonly table: HuffmanTable;
  /** The band, in zigzag order, both ends included. */
  readonly start: number;
  readonly end: number;
  /** Bit position of what is coded. */
  readonly low: number;
  /** Blocks that still belong to an end-of-band run. */
  eobRun: number;
}

/** Decodes a block's band, all but the low bits. Not to be called within an end-of-band run. */
export function decodeAcFirst(source: BitSource, scan: AcScan, index: number): void {
  const { coefficients, table, end, low } = scan;
  const { slotOf, values, nonZero, slots } = coefficients;
  const { look } = table;
  const { view } = source;
  const base = index * slots;
  let { bit } = source;
  for (let k = scan.start; k <= end; k++) {
    const word = view.getInt32(bit >>> 3) << (bit & 7);
    let entry = look[word >>> LOOK_SHIFT];
    const kind = entry & KIND;
    let value = entry >> 16;
    if (kind !== VALUE) {
      if (kind === LONG_CODE) entry = decodeLongCode(source, table, word);
      const size = (entry >> 9) & 15;
      const run = (entry >> 5) & 15;
      bit += entry & 31;
      if (size === 0) {
        if (run === 15) {
          k += 15;
          continue;
        }
        scan.eobRun = (1 << run) - 1;
        if (run > 0) scan.eobRun += (view.getInt32(bit >>> 3) << (bit & 7)) >>> (32 - run);
        bit += run;
        break;
      }
      value = signedValue(view.getInt32(bit >>> 3) << (bit & 7), size);
      bit += size;
    } else bit += entry & 31;
    k += (entry >> 5) & 15;
    const slot = slotOf[k];
    if (slot >= 0) values[base + slot] = value << low;
    setNonZero(nonZero, index, k);
  }
  source.bit = bit;
}

/** Decodes one more bit of a block's band, and the coefficients that this bit makes non-zero. */
export function decodeAcRefine(source: BitSource, scan: AcScan, index: number): void {
  const { coefficients, table, end, low } = scan;
  const { look } = table;
  const { view } = source;
  let k = scan.start;
  while (scan.eobRun === 0 && k <= end) {
    const at = source.bit;
    const word = view.getInt32(at >>> 3) << (at & 7);
    let entry = look[word >>> LOOK_SHIFT];
    const kind = entry & KIND;
    if (kind === LONG_CODE) entry = decodeLongCode(source, table, word);
    const size = (entry >> 9) & 15;
    const run = (entry >> 5) & 15;
    source.bit = at + (entry & 31) - (kind === VALUE ? size : 0);
    let value = 0;
    if (size !== 0) {
      // A new coefficient is one bit, whatever the symbol says.
      if (size !== 1) warnOfDamage(source.stream.warnings, "bad Huffman code");
      value = readBit(source) ? 1 << low : -1 << low;
    } else if (run !== 15) {
      scan.eobRun = (1 << run) + readBits(source, run);
      break;
    }
    k = refineUpTo(source, scan, index, k, run);
    if (value !== 0) setNewValue(coefficients, index, k, value);
    k++;
  }
  if (scan.eobRun === 0) return;
  scan.eobRun--;
  if (k <= end) refineRest(source, scan, index, k);
}

/**
 * Refines the non-zero coefficients from the k-th on, up to the zero that `zeros` others precede, or the end of the band.
 *
 * @returns its index; one past the band's end if there are not so many
 */
function refineUpTo(source: BitSource, scan: AcScan, index: number, from: number, zeros: number): number {
  const { coefficients, end, low } = scan;
  const { nonZero } = coefficients;
  const lowBits = nonZero[2 * index];
  const highBits = nonZero[2 * index + 1];
  let left = zeros;
  let k = from;
  for (; k <= end; k++) {
    // Shifts take their counts modulo 32.
    if ((((k < 32 ? lowBits : highBits) >>> k) & 1) === 0) {
      if (left-- === 0) break;
    } else refine(source, coefficients, index, k, low);
  }
  return k;
}

/** Refines all non-zero coefficients from the k-th on to the end of the band. */
function refineRest(source: BitSource, scan: AcScan, index: number, k: number): void {
  const { coefficients, end, low } = scan;
  const { nonZero } = coefficients;
  if (k < 32) {
    const upToEnd = end < 31 ? (2 << end) - 1 : -1;
    for (let bits = nonZero[2 * index] & (-1 << k) & upToEnd; bits !== 0; bits &= bits - 1) {
      refine(source, coefficients, index, 31 - Math.clz32(bits & -bits), low);
    }
  }
  if (end >= 32) {
    const fromStart = -1 << Math.max(k - 32, 0);
    const upToEnd = end < 63 ? (2 << (end - 32)) - 1 : -1;
    for (let bits = nonZero[2 * index + 1] & fromStart & upToEnd; bits !== 0; bits &= bits - 1) {
      refine(source, coefficients, index, 63 - Math.clz32(bits & -bits), low);
    }
  }
}

/** Reads one more bit of a coefficient that is not zero. Without branches: the bits are as good as random. */
function refine(source: BitSource, coefficients: Coefficients, index: number, k: number, low: number): void {
  const { bit } = source;
  source.bit = bit + 1;
  const { slotOf, values, slots } = coefficients;
  const slot = slotOf[k];
  if (slot < 0) return;
  const at = index * slots + slot;
  const value = values[at];
  const sign = value >> 31;
  // -1 where the bit is 1 and not set already, else 0.
  const changes = ((((value >> low) & 1) - 1) & -((source.view.getUint8(bit >>> 3) >> (~bit & 7)) & 1)) | 0;
  values[at] = value + ((((1 << low) ^ sign) - sign) & changes);
}

function setNewValue(coefficients: Coefficients, index: number, k: number, value: number): void {
  const { slotOf, values, nonZero, slots } = coefficients;
  const slot = slotOf[k];
  if (slot >= 0) values[index * slots + slot] = value;
  setNonZero(nonZero, index, k);
}

/** Damaged data may run past the last coefficient. */
function setNonZero(nonZero: Int32Array, index: number, k: number): void {
  if (k < 32) nonZero[2 * index] |= 1 << k;
  else nonZero[2 * index + 1] |= 1 << (Math.min(k, 63) - 32);
}

function readBit(source: BitSource): boolean {
  const { bit } = source;
  source.bit = bit + 1;
  return ((source.view.getUint8(bit >>> 3) << (bit & 7)) & 0x80) !== 0;
}

/** Up to 16 bits, as a number. */
function readBits(source: BitSource, count: number): number {
  if (count === 0) return 0;
  const { bit } = source;
  source.bit = bit + count;
  return (source.view.getInt32(bit >>> 3) << (bit & 7)) >>> (32 - count);
}
