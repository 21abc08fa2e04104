/**
 * What a call reads and writes.
 *
 * @module
 */
import type { Call, CallWindow, Rows, View } from "./calls.ts";
import { span } from "./geometry.ts";
import { sampledRows } from "./plan/rows.ts";

/** A view, or some rows of one. */
export interface Operand {
  readonly view: View;
  readonly rows?: Rows;
}

/** Memory that a call touches, packed weights aside. */
export interface Operands {
  readonly reads: readonly Operand[];
  readonly writes: readonly Operand[];
  /** Written and read again within the call. */
  readonly scratch: readonly Operand[];
}

function clamp([from, to]: Rows, height: number): Rows {
  const start = Math.max(0, Math.min(height, from));
  return [start, Math.max(start, Math.min(height, to))];
}

/** Rows of the input under a window, padding aside. */
function under({ kernel, stride, dilation, pads }: CallWindow, view: View, [from, to]: Rows): Operand {
  const last = (to - 1) * stride[0] - pads[0] + span(kernel[0], dilation[0]);
  return { view, rows: clamp([from * stride[0] - pads[0], last], view.dims[2] ?? 1) };
}

const views = (...all: readonly (View | number)[]): Operand[] =>
  all.flatMap((view) => (typeof view === "number" ? [] : [{ view }]));

/** Lists what a call touches. */
export function operandsOf(call: Call): Operands {
  const none = { reads: [], writes: [], scratch: [] };
  switch (call.op) {
    case "stem":
      return {
        ...none,
        writes: [{ view: call.output, rows: call.rows }],
        scratch: views(call.scratch),
      };
    case "load":
      return { ...none, writes: [{ view: call.output, rows: call.rows }] };
    case "conv": {
      const residual = call.residual ? [{ view: call.residual, rows: call.rows }] : [];
      return {
        ...none,
        reads: [under(call.window, call.input, call.rows), ...residual],
        writes: [{ view: call.output, rows: call.rows }],
        scratch: call.scratch ? views(call.scratch) : [],
      };
    }
    case "pool":
      return {
        ...none,
        reads: [under(call.window, call.input, call.rows)],
        writes: [{ view: call.output, rows: call.rows }],
      };
    case "resize": {
      const rows = sampledRows(call.spec, call.input.dims[2] ?? 1, call.rows);
      return {
        ...none,
        reads: [{ view: call.input, rows }],
        writes: [{ view: call.output, rows: call.rows }],
      };
    }
    case "binary":
      return { ...none, reads: views(call.left, call.right), writes: views(call.output) };
    case "fill":
      return { ...none, writes: views(call.output) };
    case "globalPool":
      return {
        reads: views(call.input),
        writes: views(call.output),
        scratch: call.scratch ? views(call.scratch) : [],
      };
    case "gemm":
    case "squeeze":
      return {
        reads: views(call.input),
        writes: views(call.output),
        scratch: views(call.scratch),
      };
    default:
      return { ...none, reads: views(call.input), writes: views(call.output) };
  }
}
