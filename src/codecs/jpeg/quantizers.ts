/**
 * Quantization tables in the order in which coefficients are decoded.
 *
 * @module
 */
import { broken, type Tables } from "./tables.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

/** Leaves coefficients as they are coded. */
export const UNIT_QUANTIZERS = new Int32Array(NATURAL_ORDER.length).fill(1);

/**
 * A table in zigzag order, as long as {@link NATURAL_ORDER}.
 *
 * @throws {CodecError} `broken`, where the file has not defined it
 */
export function quantizersOf(tables: Tables, slot: number): Int32Array {
  const natural = tables.quantizers[slot];
  if (!natural) throw broken(`a scan without quantization table ${slot}`);
  return Int32Array.from(NATURAL_ORDER, (at) => natural[at]);
}
