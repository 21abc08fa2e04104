/**
 * The table segments of a JPEG stream: DQT, DHT, DRI (ITU-T T.81, B.2.4).
 *
 * @module
 */
import { CodecError } from "../types.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** Four slots each, which is what extended and progressive processes may use (T.81, table B.5). */
const TABLE_SLOTS = 4;

/** A Huffman table as the file gives it. */
export interface HuffmanSpec {
  /** `counts[n]` codes are n bits long, n from 1 to 16. */
  readonly counts: Uint8Array;
  /** The symbols in the order of their codes; 256 entries, zero where unused. */
  readonly symbols: Uint8Array;
}

/** The tables in force at some point of the stream. */
export interface Tables {
  /** Quantizers in natural (row-major) order. */
  readonly quantizers: (Uint16Array | undefined)[];
  readonly dc: (HuffmanSpec | undefined)[];
  readonly ac: (HuffmanSpec | undefined)[];
  /** MCUs between restart markers; 0: none. */
  restartInterval: number;
}

/** No tables at all, as at the start of a stream. */
export function createTables(): Tables {
  return { quantizers: [], dc: [], ac: [], restartInterval: 0 };
}

/**
 * Reads a DQT segment.
 *
 * @param segment - the payload, without marker and length
 * @throws {CodecError} `broken`
 */
export function readQuantizers(tables: Tables, segment: Uint8Array): void {
  let at = 0;
  while (at < segment.length) {
    const wide = segment[at] >> 4 !== 0;
    const slot = segment[at++] & 15;
    if (slot >= TABLE_SLOTS) throw broken(`quantization table slot ${slot}, of 0 to ${TABLE_SLOTS - 1}`);
    const bytes = wide ? 128 : 64;
    if (at + bytes > segment.length) throw broken("a quantization table that ends early");
    const table = new Uint16Array(64);
    for (let k = 0; k < 64; k++) {
      table[NATURAL_ORDER[k]] = wide ? (segment[at + 2 * k] << 8) | segment[at + 2 * k + 1] : segment[at + k];
    }
    tables.quantizers[slot] = table;
    at += bytes;
  }
}

/**
 * Reads a DHT segment. That the counts make a code is checked when the table is used.
 *
 * @param segment - the payload, without marker and length
 * @throws {CodecError} `broken`
 */
export function readHuffmanSpecs(tables: Tables, segment: Uint8Array): void {
  let at = 0;
  // A table is at least 17 bytes; libjpeg takes fewer left over as an error too.
  while (at + 17 <= segment.length) {
    const kind = segment[at] & 0x10 ? tables.ac : tables.dc;
    const slot = segment[at] & ~0x10;
    if (slot >= TABLE_SLOTS) throw broken(`Huffman table slot ${slot}, of 0 to ${TABLE_SLOTS - 1}`);
    const counts = new Uint8Array(17);
    counts.set(segment.subarray(at + 1, at + 17), 1);
    at += 17;
    let total = 0;
    for (let length = 1; length <= 16; length++) total += counts[length];
    if (total > 256 || at + total > segment.length) throw broken(`a Huffman table with ${total} symbols`);
    const symbols = new Uint8Array(256);
    symbols.set(segment.subarray(at, at + total));
    at += total;
    kind[slot] = { counts, symbols };
  }
  if (at !== segment.length) throw broken("a Huffman table segment of wrong length");
}

/**
 * Reads a DRI segment.
 *
 * @param segment - the payload, without marker and length
 * @throws {CodecError} `broken`
 */
export function readRestartInterval(tables: Tables, segment: Uint8Array): void {
  if (segment.length !== 2) throw broken(`a restart interval segment of ${segment.length} bytes, not 2`);
  tables.restartInterval = (segment[0] << 8) | segment[1];
}

/**
 * A table that a scan names.
 *
 * @throws {CodecError} `broken`, where the file has not defined it
 */
export function needed(spec: HuffmanSpec | undefined): HuffmanSpec {
  if (!spec) throw broken("a scan without its Huffman table");
  return spec;
}

/** Formats the error that every reader of this folder throws for bytes that make no sense. */
export function broken(what: string): CodecError {
  return new CodecError("broken", `JPEG: ${what}`);
}
