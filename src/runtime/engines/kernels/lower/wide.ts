/**
 * Room for results that come in whole blocks of channels.
 *
 * @module
 */
import type { Call, Rows, View } from "../calls.ts";
import { ELEMENT, naturalStrides, padChannels } from "../views.ts";
import { cut } from "./elementwise.ts";
import { clearLanes } from "./move.ts";
import type { Lowering } from "./types.ts";

/**
 * Products of integers are made eight channels at a time, also where the result is floats, whose pixels have room for a multiple of four. Where
 * that is too little, the result is made in scratch memory and copied.
 *
 * @param make the calls that write `rows` of a view of the output's dims, or of whole blocks of channels
 */
export function withRoom(
  output: View,
  rows: Rows,
  plan: Lowering,
  make: (output: View) => readonly Call[],
): Call[] {
  const { dims } = output;
  const [batch = 1, channels = 1, , width = 1] = dims;
  const wide = padChannels(channels, "u8");
  if (output.storage !== "f32" || wide === padChannels(channels)) return [...make(output)];
  const [from, to] = rows;
  const shape = dims.length === 4 ? [batch, wide, to - from, width] : [batch, wide];
  const scratch = plan.scratch(shape);
  const strides = naturalStrides(shape, "f32");
  const above = dims.length === 4 ? from * (strides[2] ?? 0) * ELEMENT : 0;
  const room: View = {
    ...scratch,
    dims: dims.with(1, wide),
    strides,
    offset: scratch.offset - above,
    held: rows,
  };
  const calls = make(room);
  const layer = calls[0]?.layer ?? "";
  const part = cut(output, rows);
  return [
    ...calls,
    { op: "copy", layer, input: cut({ ...room, dims }, rows), output: part },
    ...clearLanes(part, layer),
  ];
}
