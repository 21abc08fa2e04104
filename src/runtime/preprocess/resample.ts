/**
 * The antialiased bilinear resize of Pillow (libImaging/Resample.c), bit for bit, on rows as they come from a decoder.
 *
 * @module
 */
import type { Region } from "../../codecs/types.ts";
import type { RowLoops } from "../engines/row-loops.ts";
import type { Axis } from "./coefficients.ts";
import { makeRowResizer } from "./horizontal.ts";
import { javaScriptLoops } from "./javascript-loops.ts";
import { type EmitRow, makeVerticalPass, type PushRow } from "./vertical.ts";

/**
 * Which pass comes first. Pillow's is horizontal, and rounds to 8 bits before the vertical one. A picture that arrives turned by a
 * quarter needs the vertical pass first to give what Pillow gives on the upright one.
 */
export type PassOrder = "horizontal_first" | "vertical_first";

/**
 * Makes a resampler. Only the rows and columns that the axes ask for are computed.
 *
 * @param emit takes `rows.outSize` rows of `columns.outSize * 3` bytes
 */
export function makeResampler(
  columns: Axis,
  rows: Axis,
  order: PassOrder,
  emit: EmitRow,
  loops: RowLoops = javaScriptLoops,
): PushRow {
  const { left, right, top, bottom } = regionFor(columns, rows);
  const resized = loops.row(columns.outSize * 3);
  if (order === "horizontal_first") {
    const resizeRow = makeRowResizer(columns, 0, right, loops);
    const push = makeVerticalPass(rows, resized.length, emit, loops);
    return (y, rgb) => {
      if (y < top || y >= bottom) return;
      if (!columns.identity) resizeRow(rgb, resized);
      push(y, columns.identity ? rgb : resized);
    };
  }
  const resizeRow = makeRowResizer(columns, left, right, loops);
  const across: EmitRow = (y, tall) => {
    if (!columns.identity) resizeRow(tall, resized);
    emit(y, columns.identity ? tall : resized);
  };
  const push = makeVerticalPass(rows, (right - left) * 3, across, loops);
  return (y, rgb) => {
    if (y >= top && y < bottom) push(y, rgb.subarray(left * 3, right * 3));
  };
}

/** The part of the input that a resampler looks at. */
export function regionFor(columns: Axis, rows: Axis): Region {
  return { left: columns.starts[0], right: end(columns), top: rows.starts[0], bottom: end(rows) };
}

/** The input position after the last that is needed. */
function end({ outSize, starts, counts }: Axis): number {
  return starts[outSize - 1] + counts[outSize - 1];
}
