/**
 * Decodes a scan of all components of a baseline or extended sequential file, band by band, straight into samples
 * (libjpeg: `decompress_onepass` in jdcoefct.c).
 *
 * @module
 */
import { type BitSource, checkExhausted, isAtEnd, refill, restart } from "./bits.ts";
import { decodeBlock, decodeDcOnly, type SequentialPart } from "./block.ts";
import { transform } from "./idct.ts";
import { blockRowOffset, type Plane } from "./planes.ts";

/** A component in the scan, and where its samples go. */
export interface OnePassPart extends SequentialPart {
  readonly plane: Plane;
}

/** A scan that is decoded in one pass. */
export interface OnePassScan {
  readonly source: BitSource;
  readonly parts: readonly OnePassPart[];
  readonly mcusWide: number;
  /** MCUs between restart markers; 0: none. */
  readonly restartInterval: number;
  /** MCUs until the next restart marker. */
  restartsToGo: number;
}

/** Sample value of a block that is missing: what all-zero coefficients give. */
const GRAY = 128;

/** One block's coefficients; zeros whenever no block is being decoded. */
const block = new Int16Array(64);

/**
 * Decodes a row of MCUs into the planes.
 *
 * @param band - its number, from 0
 */
export function decodeBand(scan: OnePassScan, band: number): void {
  const { source, parts, mcusWide, restartInterval } = scan;
  for (let mcu = 0; mcu < mcusWide; mcu++) {
    if (restartInterval > 0) {
      if (scan.restartsToGo === 0) {
        restart(source);
        for (const part of parts) part.prediction = 0;
        scan.restartsToGo = restartInterval;
      }
      scan.restartsToGo--;
    }
    if (source.exhausted) {
      for (const part of parts) clearBlocks(part.plane, band, mcu);
      continue;
    }
    if (source.bit >= source.refillAt) refill(source);
    for (let i = 0; i < parts.length; i++) decodeBlocks(source, parts[i], band, mcu);
    if (source.bit > source.bitEnd) checkExhausted(source);
  }
}

/** Decodes a component's blocks of an MCU. */
function decodeBlocks(source: BitSource, part: OnePassPart, band: number, mcu: number): void {
  const { plane } = part;
  const { h, v, dctSize } = plane.layout;
  for (let y = 0; y < v; y++) {
    let at = blockRowOffset(plane, band * v + y) + mcu * h * dctSize;
    for (let x = 0; x < h; x++, at += dctSize) {
      if (dctSize === 1) {
        decodeDcOnly(source, part);
        const dc = ((part.prediction * part.quantizers[0]) << 16) >> 16;
        plane.samples[at] = ((dc + 4) >> 3) + GRAY;
      } else {
        const last = decodeBlock(source, part, block);
        transform(block, last, dctSize, plane.samples, at, plane.stride);
      }
    }
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

/** Whether everything from here on is gray. */
export function nothingLeft(scan: OnePassScan): boolean {
  return isAtEnd(scan.source, scan.restartInterval > 0);
}
