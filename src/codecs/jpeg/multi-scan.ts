/**
 * Decodes files that take several scans: progressive ones, and sequential ones that code components by themselves
 * (libjpeg: `consume_data` in jdcoefct.c).
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
import { decodeBlock, type SequentialPart } from "./block.ts";
import { type Coefficients, createCoefficients, storeBlock } from "./coefficients.ts";
import type { Frame, ScanHeader } from "./frame.ts";
import type { OpenJpeg } from "./header.ts";
import { buildHuffmanTable } from "./huffman.ts";
import { readToScan, skipScan } from "./markers.ts";
import { advance, createPace, passRestart, withinInterval } from "./pace.ts";
import { createPrecision, noteScan, type Precision } from "./progression.ts";
import { type AcScan, decodeAcFirst, decodeAcRefine, decodeDcFirst, decodeDcRefine } from "./progressive.ts";
import { quantizersOf, UNIT_QUANTIZERS } from "./quantizers.ts";
import type { Layout } from "./scale.ts";
import { fillInStandardTables } from "./standard-tables.ts";
import { broken, needed, type Tables } from "./tables.ts";

/**
 * Every scan costs time for every block, however few bytes it has, so their number is bounded. Encoders write about ten;
 * libjpeg-turbo's own fuzzers stop at 500.
 */
const MOST_SCANS = 100;

/** A component that is read from several scans. */
export interface ScannedComponent {
  readonly coefficients: Coefficients;
  readonly precision: Precision;
  /** As of the first scan of the component; `undefined` before it. */
  quantizers: Int32Array | undefined;
}

/** What the scans of a file have given. */
export interface Scans {
  readonly components: readonly ScannedComponent[];
  /** Scans read so far. */
  count: number;
  /** The last row of MCUs for which there were data, in the scan that was read last. */
  lastGoodBand: number;
}

/** A component in the scan being decoded. */
interface Part extends SequentialPart {
  readonly coefficients: Coefficients;
  /** One block's coefficients; zeros whenever no block is being decoded. */
  readonly block: Int16Array;
}

/** What a scan of MCUs codes of each block. */
type Coding = "all" | "DC" | "a bit of DC";

/** Stands for a table that a scan does not use. */
const NO_TABLE = buildHuffmanTable({ counts: new Uint8Array(17), symbols: new Uint8Array(256) }, false);

/** Stands for the block of scans that decode no whole ones. */
const NO_BLOCK = new Int16Array(0);

/**
 * Reads all scans of a file.
 *
 * @throws {CodecError} `broken`
 */
export function decodeScans(jpeg: OpenJpeg, layout: Layout): Scans {
  const { header, stream } = jpeg;
  const { frame } = header;
  const components = layout.components.map(
    (component): ScannedComponent => ({
      coefficients: createCoefficients(component),
      precision: createPrecision(),
      quantizers: undefined,
    }),
  );
  const scans: Scans = { components, count: 0, lastGoodBand: 0 };
  const source = createBitSource(stream);
  for (let scan: ScanHeader | undefined = jpeg.scan; scan; scan = readToScan(stream)) {
    if (++scans.count > MOST_SCANS) throw broken(`more than ${MOST_SCANS} scans`);
    latchQuantizers(components, scan, frame, stream.tables);
    if (frame.process === "progressive") decodeProgressiveScan(source, scans, scan, layout);
    else decodeSequentialScan(source, scans, scan, layout);
  }
  return scans;
}

/** Keeps the quantizers that are in force at a component's first scan, as libjpeg does (`latch_quant_tables`). */
function latchQuantizers(
  components: readonly ScannedComponent[],
  scan: ScanHeader,
  frame: Frame,
  tables: Tables,
): void {
  for (const { index } of scan.components) {
    components[index].quantizers ??= quantizersOf(tables, frame.components[index].quantizer);
  }
}

function decodeSequentialScan(source: BitSource, scans: Scans, scan: ScanHeader, layout: Layout): void {
  const { tables } = source.stream;
  fillInStandardTables(tables);
  const parts = scan.components.map(
    ({ index, dcTable, acTable }): Part => ({
      coefficients: scans.components[index].coefficients,
      dc: buildHuffmanTable(needed(tables.dc[dcTable]), true),
      ac: buildHuffmanTable(needed(tables.ac[acTable]), false),
      quantizers: UNIT_QUANTIZERS,
      prediction: 0,
      block: new Int16Array(64),
    }),
  );
  decodeMcus(source, scans, parts, layout, "all", 0);
}

function decodeProgressiveScan(source: BitSource, scans: Scans, scan: ScanHeader, layout: Layout): void {
  const { stream } = source;
  const { tables, warnings } = stream;
  const { spectralStart: start, spectralEnd: end, approximationHigh: high, approximationLow: low } = scan;
  const precisions = scans.components.map(({ precision }) => precision);
  noteScan(precisions, scan, scans.count, warnings);
  if (start === 0) {
    const parts = scan.components.map(
      ({ index, dcTable }): Part => ({
        coefficients: scans.components[index].coefficients,
        dc: high === 0 ? buildHuffmanTable(needed(tables.dc[dcTable]), true) : NO_TABLE,
        ac: NO_TABLE,
        quantizers: UNIT_QUANTIZERS,
        prediction: 0,
        block: NO_BLOCK,
      }),
    );
    decodeMcus(source, scans, parts, layout, high === 0 ? "DC" : "a bit of DC", low);
    return;
  }
  const [{ index, acTable }] = scan.components;
  const { coefficients } = scans.components[index];
  const table = buildHuffmanTable(needed(tables.ac[acTable]), false);
  if (coefficients.slots > 1) {
    decodeBands(source, scans, { coefficients, table, start, end, low, eobRun: 0 }, high > 0);
  } else {
    // Where only DC is kept, nothing of an AC scan is of use.
    skipScan(stream);
    scans.lastGoodBand = layout.mcusHigh - 1;
  }
}

/** Decodes a scan of whole MCUs; a scan of a single component has one block an MCU, and none that only complete one. */
function decodeMcus(
  source: BitSource,
  scans: Scans,
  parts: readonly Part[],
  layout: Layout,
  coding: Coding,
  low: number,
): void {
  const single = parts.length === 1 ? parts[0].coefficients.layout : undefined;
  const mcusWide = single?.blocksWide ?? layout.mcusWide;
  const mcusHigh = single?.blocksHigh ?? layout.mcusHigh;
  const rowsInBand = single?.v ?? 1;
  const pace = createPace(source, source.stream.tables.restartInterval);
  startScan(source);
  for (let row = 0; row < mcusHigh; row++) {
    for (let column = 0; column < mcusWide; column++) {
      if (!source.exhausted) scans.lastGoodBand = Math.floor(row / rowsInBand);
      if (passRestart(pace)) for (const part of parts) part.prediction = 0;
      advance(pace, 1);
      if (source.exhausted) {
        if (isAtEnd(source, pace.interval > 0)) return;
        continue;
      }
      if (source.bit >= source.refillAt) refill(source);
      for (let i = 0; i < parts.length; i++) {
        if (single) decodeOne(source, parts[i], row * single.paddedBlocksWide + column, coding, low);
        else decodeBlocks(source, parts[i], row, column, coding, low);
      }
      if (source.bit > source.bitEnd) checkExhausted(source);
    }
  }
  finishScan(source);
}

/** Decodes a component's blocks of an MCU of several components. */
function decodeBlocks(
  source: BitSource,
  part: Part,
  row: number,
  column: number,
  coding: Coding,
  low: number,
): void {
  const { h, v, paddedBlocksWide } = part.coefficients.layout;
  for (let y = 0; y < v; y++) {
    const index = (row * v + y) * paddedBlocksWide + column * h;
    for (let x = 0; x < h; x++) decodeOne(source, part, index + x, coding, low);
  }
}

/** Decodes a block. */
function decodeOne(source: BitSource, part: Part, index: number, coding: Coding, low: number): void {
  if (coding === "DC") decodeDcFirst(source, part, index, low);
  else if (coding === "a bit of DC") decodeDcRefine(source, part, index, low);
  else storeBlock(part.coefficients, index, part.block, decodeBlock(source, part, part.block));
}

/** Decodes an AC scan. */
function decodeBands(source: BitSource, scans: Scans, scan: AcScan, refines: boolean): void {
  const { v, blocksWide, blocksHigh, paddedBlocksWide } = scan.coefficients.layout;
  const pace = createPace(source, source.stream.tables.restartInterval);
  startScan(source);
  for (let row = 0; row < blocksHigh; row++) {
    let column = 0;
    while (column < blocksWide) {
      if (!source.exhausted) scans.lastGoodBand = Math.floor(row / v);
      if (passRestart(pace)) scan.eobRun = 0;
      let count = 1;
      if (source.exhausted) {
        if (isAtEnd(source, pace.interval > 0)) return;
        count = withinInterval(pace, blocksWide - column);
      } else if (scan.eobRun > 0 && !refines) {
        count = withinInterval(pace, Math.min(blocksWide - column, scan.eobRun));
        scan.eobRun -= count;
      } else {
        if (source.bit >= source.refillAt) refill(source);
        const index = row * paddedBlocksWide + column;
        if (refines) decodeAcRefine(source, scan, index);
        else decodeAcFirst(source, scan, index);
        if (source.bit > source.bitEnd) checkExhausted(source);
      }
      advance(pace, count);
      column += count;
    }
  }
  finishScan(source);
}
