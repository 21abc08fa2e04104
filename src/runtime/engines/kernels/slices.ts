/**
 * Large matrices of integers are packed, and multiplied, in slices of outputs.
 *
 * @module
 */
import type { GemmLayer } from "./layers.ts";
import { CHANNEL_BLOCK_Q8 } from "./module-q8.ts";

/** Outputs `from` (inclusive) to `to` (exclusive). */
export type Slice = readonly [from: number, to: number];

/** Weights of a slice: while it is packed it exists twice, once as it comes and once as kernels read it. */
const SLICE_BYTES = 2 << 20;

/**
 * Slices of a layer that computes on bytes: whole blocks of outputs, as large as {@link SLICE_BYTES} lets them be. A matrix whose outputs do not
 * follow each other in the file (`[inputs, outputs]`) is one slice.
 */
export function slicesOf({ rows, columns, transposed }: GemmLayer): readonly Slice[] {
  const blocks = Math.max(1, Math.floor(SLICE_BYTES / (rows * CHANNEL_BLOCK_Q8)));
  const size = transposed ? blocks * CHANNEL_BLOCK_Q8 : columns;
  const slices: Slice[] = [];
  for (let from = 0; from < columns; from += size) slices.push([from, Math.min(columns, from + size)]);
  return slices;
}
