/**
 * Which rows of its inputs a layer needs for some rows of its output.
 *
 * @module
 */
import type { Rows, Storage } from "../calls.ts";
import { resolvePads, span, type Window } from "../geometry.ts";
import type { InferContext } from "../infer/index.ts";
import { type ResizeSpec, resolveResize } from "../infer/resize.ts";
import type { Layer } from "../layers.ts";

/** What has to be known about a layer's surroundings. */
export interface RowScope {
  dims(value: string): readonly number[];
  storage(value: string): Storage;
  context(layer: Layer): InferContext;
}

/** Whether a layer computes each row of an image from a few rows of its inputs, so that it can run in bands. */
export function isRowLocal(layer: Layer, { dims }: RowScope): boolean {
  const image = dims(layer.output).length === 4 && dims(layer.output)[0] === 1;
  if (!image) return false;
  switch (layer.kind) {
    case "input":
    case "stem":
    case "conv":
    case "pool":
    case "activation":
    case "binary":
    case "resize":
    case "quantize":
    case "dequantize":
      return true;
    case "concat":
      return layer.axis === 1;
    default:
      return false;
  }
}

/** Rows under a sliding window, without the padding. */
function underWindow(window: Window, dims: readonly number[], [from, to]: Rows): Rows {
  const height = dims[2] ?? 1;
  const [top] = resolvePads(window, height, dims[3] ?? 1);
  const stride = window.stride[0];
  const first = from * stride - top;
  const last = (to - 1) * stride - top + span(window.kernel[0], window.dilation[0]);
  return clampRows([first, last], height);
}

function clampRows([from, to]: Rows, height: number): Rows {
  const start = Math.max(0, Math.min(height, from));
  return [start, Math.max(start, Math.min(height, to))];
}

/** The position on the input (in pixels, before rounding) that an output pixel samples: ONNX, Resize. */
export function samplePosition(
  at: number,
  { coordinates, scale, size }: ResizeSpec,
  axis: 0 | 1,
  length: number,
): number {
  const resized = size[axis];
  switch (coordinates) {
    case "half_pixel":
      return (at + 0.5) / scale[axis] - 0.5;
    case "pytorch_half_pixel":
      return resized > 1 ? (at + 0.5) / scale[axis] - 0.5 : 0;
    case "align_corners":
      return resized > 1 ? (at * (length - 1)) / (resized - 1) : 0;
    case "asymmetric":
      return at / scale[axis];
  }
}

/**
 * Kernels compute positions in float32: near a whole row they may take the next one. Float32 has 2^-13 between numbers at row 1,344, torchvision's
 * largest; this is several times as much.
 */
const POSITION_ERROR = 1e-3;

/** Rows that some rows of a resized image are mixed from: the two around each position, also where one of them has no weight. */
export function sampledRows(spec: ResizeSpec, height: number, [from, to]: Rows): Rows {
  const at = (row: number, error: number) =>
    Math.floor(Math.max(0, samplePosition(row, spec, 0, height) + error));
  // Positions beyond the edge read the edge; a neighbour may be rounded to.
  const first = Math.min(height - 1, at(from, -POSITION_ERROR));
  const last = Math.min(height, at(to - 1, POSITION_ERROR) + 2);
  return [Math.max(0, first), Math.max(1, last)];
}

/** The rows of one input of a row-local layer that `rows` of its output are computed from. */
export function inputRows(layer: Layer, input: string, rows: Rows, scope: RowScope): Rows {
  const dims = scope.dims(input);
  const height = dims[2] ?? 1;
  switch (layer.kind) {
    case "conv":
      return input === layer.inputs[0]
        ? union(underWindow(layer.window, dims, rows), layer.residual === input ? rows : undefined)
        : rows;
    case "pool":
      return underWindow(layer.window, dims, rows);
    case "resize":
      return sampledRows(resolveResize(scope.context(layer)), height, rows);
    default:
      // A broadcast operand has one row.
      return clampRows(height === 1 ? [0, 1] : rows, height);
  }
}

/** The smallest range that holds both. */
export function union(a: Rows, b: Rows | undefined): Rows {
  if (!b || b[0] === b[1]) return a;
  if (a[0] === a[1]) return b;
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
