/**
 * The horizontal pass of the antialiased resize: one row of RGB to another width.
 *
 * @module
 */
import { type EvenAxis, LOOP_TAPS, type ResizeRow, type RowLoops } from "../engines/row-loops.ts";
import { type Axis, mostTaps } from "./coefficients.ts";
import { resizeByAny } from "./javascript-loops.ts";

/**
 * Makes the pass for an axis (Pillow's `ImagingResampleHorizontal_8bpc`).
 *
 * @param left column of the axis's input at which rows start, `right` the one before which they end: no taps lie beside them
 */
export function makeRowResizer(columns: Axis, left: number, right: number, loops: RowLoops): ResizeRow {
  const even = evenOut(columns, left, right);
  if (even.taps <= LOOP_TAPS) return loops.resizeBy4(even);
  return (source, target) => resizeByAny(even, source, target);
}

/** Gives every output position the taps of the one that has most: weights of 0, before the others where the row ends behind them. */
function evenOut(columns: Axis, left: number, right: number): EvenAxis {
  const { outSize, starts, counts, weights, taps } = columns;
  const most = mostTaps(columns);
  const even = { taps: most, starts: new Int32Array(outSize), weights: new Int32Array(outSize * most) };
  for (let x = 0; x < outSize; x++) {
    const start = Math.min(starts[x], right - most);
    even.starts[x] = start - left;
    even.weights.set(weights.subarray(x * taps, x * taps + counts[x]), x * most + starts[x] - start);
  }
  return even;
}
