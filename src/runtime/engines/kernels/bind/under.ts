/**
 * The rows of an input that lie under rows of a convolution's output.
 *
 * @module
 */
import type { StemCall } from "../calls.ts";

/** Rows `top` to `bottom` (exclusive) lie under the kernel; of those, `first` to `last` (exclusive) are on the map, the others padding. */
export interface RowsUnder {
  readonly top: number;
  readonly first: number;
  readonly last: number;
  readonly bottom: number;
}

/** What lies under output rows `from` to `to` (exclusive). */
export function rowsUnder({ dims, window }: StemCall, from: number, to: number): RowsUnder {
  const [, , height = 1] = dims;
  const { kernel, stride, pads } = window;
  const top = from * stride[0] - pads[0];
  const bottom = (to - 1) * stride[0] - pads[0] + kernel[0];
  const first = Math.min(height, Math.max(0, top));
  return { top, first, last: Math.max(first, Math.min(height, bottom)), bottom };
}
