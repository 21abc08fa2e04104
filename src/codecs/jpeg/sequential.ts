/**
 * Decodes a scan of all components of a baseline or extended sequential file, band by band, straight into samples
 * (libjpeg: `decompress_onepass` in jdcoefct.c).
 *
 * @module
 */
import {
  type BitSource,
  checkExhausted,
  createBitSource,
  finishScan,
  isAtEnd,
  refill,
  startScan,
} from "./bits.ts";
import { decodeBlock, decodeDc, type SequentialPart } from "./block.ts";
import type { Crop } from "./crop.ts";
import type { OpenJpeg } from "./header.ts";
import { buildHuffmanTable } from "./huffman.ts";
import { transform, transformDc } from "./idct.ts";
import { advance, createPace, type Pace, passRestart } from "./pace.ts";
import { blockRowOffset, type Plane } from "./planes.ts";
import { quantizersOf } from "./quantizers.ts";
import type { Layout } from "./scale.ts";
import { buildSkipTable, type SkipTable, skipAc } from "./skip.ts";
import { fillInStandardTables } from "./standard-tables.ts";
import { needed } from "./tables.ts";

/** A component in the scan, and where its samples go. */
interface OnePassPart extends SequentialPart {
  readonly plane: Plane;
  readonly skip: SkipTable;
}

/** A scan that is decoded in one pass. */
export interface OnePassScan {
  readonly source: BitSource;
  readonly pace: Pace;
  readonly parts: readonly OnePassPart[];
  readonly mcusWide: number;
  /** One block's coefficients; zeros whenever no block is being decoded. */
  readonly block: Int16Array;
}

/** Sample value of a block that is missing: what all-zero coefficients give. */
const GRAY = 128;

/**
 * Starts to decode a file whose only scan holds all components.
 *
 * @throws {CodecError} `broken`
 */
export function startOnePass(jpeg: OpenJpeg, layout: Layout, planes: readonly Plane[]): OnePassScan {
  const { header, stream, scan } = jpeg;
  const { tables } = stream;
  fillInStandardTables(tables);
  // Both chroma components take the same tables, as a rule.
  const dcTables = once((slot) => buildHuffmanTable(needed(tables.dc[slot]), true));
  const acTables = once((slot) => {
    const ac = buildHuffmanTable(needed(tables.ac[slot]), false);
    return { ac, skip: buildSkipTable(ac) };
  });
  const parts = scan.components.map(({ index, dcTable, acTable }): OnePassPart => {
    const plane = planes[index];
    return {
      dc: dcTables(dcTable),
      ...acTables(acTable),
      quantizers: quantizersOf(tables, header.frame.components[index].quantizer),
      prediction: 0,
      plane,
    };
  });
  const source = createBitSource(stream);
  startScan(source);
  const pace = createPace(source, tables.restartInterval);
  return { source, pace, parts, mcusWide: layout.mcusWide, block: new Int16Array(64) };
}

/** Makes what a slot leads to when it is first asked for. */
function once<T>(make: (slot: number) => T): (slot: number) => T {
  const made: T[] = [];
  return (slot) => (made[slot] ??= make(slot));
}

/** Ends it. */
export function finishOnePass(scan: OnePassScan): void {
  finishScan(scan.source);
}

/**
 * Decodes a row of MCUs into the planes. Of what lies beside the crop only the DCs are read.
 *
 * @param band - its number, from 0
 * @returns whether there were data for it, or can be for one after it; all of it is gray if not
 */
export function decodeBand(scan: OnePassScan, crop: Crop, band: number): boolean {
  const { source, pace, parts, mcusWide, block } = scan;
  if (isAtEnd(source, pace.interval > 0)) {
    for (const part of parts) clearBand(part.plane, band);
    return false;
  }
  const isWanted = band >= crop.firstBand && band < crop.endBand;
  const firstMcu = isWanted ? crop.firstMcu : mcusWide;
  for (let mcu = 0; mcu < mcusWide; mcu++) {
    if (passRestart(pace)) for (const part of parts) part.prediction = 0;
    advance(pace, 1);
    if (source.exhausted) {
      for (const part of parts) clearBlocks(part.plane, band, mcu);
      continue;
    }
    if (source.bit >= source.refillAt) refill(source);
    if (mcu >= firstMcu && mcu < crop.endMcu) {
      for (let i = 0; i < parts.length; i++) decodeBlocks(source, parts[i], block, band, mcu);
    } else {
      for (let i = 0; i < parts.length; i++) skipBlocks(source, parts[i]);
    }
    if (source.bit > source.bitEnd) checkExhausted(source);
  }
  return true;
}

/** Makes a band gray. */
function clearBand(plane: Plane, band: number): void {
  const { v, dctSize } = plane.layout;
  const start = blockRowOffset(plane, band * v);
  plane.samples.fill(GRAY, start, start + v * dctSize * plane.stride);
}

/** Decodes a component's blocks of an MCU. */
function decodeBlocks(
  source: BitSource,
  part: OnePassPart,
  block: Int16Array,
  band: number,
  mcu: number,
): void {
  const { plane } = part;
  const { h, v, dctSize } = plane.layout;
  for (let y = 0; y < v; y++) {
    let at = blockRowOffset(plane, band * v + y) + mcu * h * dctSize;
    for (let x = 0; x < h; x++, at += dctSize) {
      if (dctSize === 1) {
        decodeDc(source, part);
        skipAc(source, part.ac, part.skip);
        plane.samples[at] = transformDc(Math.imul(part.prediction, part.quantizers[0]));
      } else {
        const last = decodeBlock(source, part, block);
        transform(block, last, dctSize, plane.samples, at, plane.stride);
      }
    }
  }
}

/** Passes a component's blocks of an MCU. */
function skipBlocks(source: BitSource, part: OnePassPart): void {
  const { h, v } = part.plane.layout;
  for (let i = 0; i < h * v; i++) {
    decodeDc(source, part);
    skipAc(source, part.ac, part.skip);
  }
}

/** Makes a component's blocks of an MCU gray. */
function clearBlocks(plane: Plane, band: number, mcu: number): void {
  const { h, v, dctSize } = plane.layout;
  const start = blockRowOffset(plane, band * v) + mcu * h * dctSize;
  for (let y = 0; y < v * dctSize; y++) {
    const at = start + y * plane.stride;
    plane.samples.fill(GRAY, at, at + h * dctSize);
  }
}
