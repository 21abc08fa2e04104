/**
 * What a call costs: multiply-adds and bytes.
 *
 * @module
 */
import type { Call, CallWindow, Rows, View } from "./calls.ts";
import { ELEMENT, ELEMENT_SIZE, elements } from "./views.ts";

/** Work of a call. */
export interface Cost {
  /** Multiply-adds; padding is not counted. */
  readonly macs: number;
  /** Bytes read and written, each once, weights among them. */
  readonly bytes: number;
}

const NOTHING: Cost = { macs: 0, bytes: 0 };

/** Pairs of output and input positions along one axis that a kernel multiplies: taps on padding are left out. */
function taps(
  [from, to]: Rows,
  size: number,
  axis: 0 | 1,
  { kernel, stride, dilation, pads }: CallWindow,
): number {
  let count = 0;
  for (let k = 0; k < kernel[axis]; k++) {
    const shift = k * dilation[axis] - pads[axis];
    // Outputs o with 0 <= o * stride + shift < size.
    const first = Math.max(from, Math.ceil(-shift / stride[axis]));
    const last = Math.min(to - 1, Math.floor((size - 1 - shift) / stride[axis]));
    count += Math.max(0, last - first + 1);
  }
  return count;
}

const bytesOf = (view: View | number) =>
  typeof view === "number" ? 0 : elements(view.dims) * ELEMENT_SIZE[view.storage];

/** Bytes of a weight of a call. */
const weightSize = ({ bytes }: { readonly bytes?: unknown }) => (bytes ? 1 : ELEMENT);

/** Bytes of an operand, what is broadcast counted once. */
function distinctBytes(view: View | number): number {
  if (typeof view === "number") return 0;
  return bytesOf({ ...view, dims: view.dims.map((dim, axis) => (view.strides[axis] === 0 ? 1 : dim)) });
}

function rowsBytes({ dims, storage }: View, [from, to]: Rows): number {
  return (elements(dims) / (dims[2] || 1)) * (to - from) * ELEMENT_SIZE[storage];
}

/** A window's work on some rows: positions times channels. */
function windowCost(
  window: CallWindow,
  rows: Rows,
  inDims: readonly number[],
  { output, size }: { readonly output: View; readonly size: number },
  perPosition: number,
  weightBytes: number,
): Cost {
  const [batch = 1, inChannels = 1, height = 1, width = 1] = inDims;
  const positions = taps(rows, height, 0, window) * taps([0, output.dims[3] ?? 1], width, 1, window);
  const inRows = Math.min(height, (rows[1] - rows[0]) * window.stride[0]);
  return {
    macs: batch * positions * perPosition,
    bytes: batch * inChannels * inRows * width * size + weightBytes + rowsBytes(output, rows),
  };
}

/** Counts a call's work. */
export function callCost(call: Call): Cost {
  switch (call.op) {
    case "stem": {
      const [out, channels] = [call.output.dims[1] ?? 1, call.dims[1] ?? 1];
      const weights = out * channels * call.window.kernel[0] * call.window.kernel[1] * weightSize(call);
      const map = { output: call.output, size: weightSize(call) };
      return windowCost(call.window, call.rows, call.dims, map, out * channels, weights);
    }
    case "conv": {
      const [out, channels] = [call.output.dims[1] ?? 1, call.input.dims[1] ?? 1];
      const perPosition = (out * channels) / call.group;
      const weights = perPosition * call.window.kernel[0] * call.window.kernel[1] * weightSize(call);
      const map = { output: call.output, size: ELEMENT_SIZE[call.input.storage] };
      return windowCost(call.window, call.rows, call.input.dims, map, perPosition, weights);
    }
    case "pool":
      return {
        ...windowCost(
          call.window,
          call.rows,
          call.input.dims,
          { output: call.output, size: ELEMENT_SIZE[call.input.storage] },
          0,
          0,
        ),
        macs: 0,
      };
    case "convTranspose": {
      const [, channels = 1, height = 1, width = 1] = call.input.dims;
      const weights =
        (channels * (call.output.dims[1] ?? 1) * call.window.kernel[0] * call.window.kernel[1]) / call.group;
      return {
        macs: (call.input.dims[0] ?? 1) * height * width * weights,
        bytes: bytesOf(call.input) + bytesOf(call.output) + weights * weightSize(call),
      };
    }
    case "gemm": {
      const weights = (call.input.dims[1] ?? 1) * (call.output.dims[1] ?? 1);
      return {
        macs: (call.input.dims[0] ?? 1) * weights,
        bytes: bytesOf(call.input) + bytesOf(call.output) + weights * weightSize(call),
      };
    }
    case "squeeze": {
      const [channels, squeezed, out] = call.channels;
      const weights = squeezed * (channels + out);
      return { macs: (call.input.dims[0] ?? 1) * weights, bytes: bytesOf(call.input) + weights * ELEMENT };
    }
    case "binary":
      return { macs: 0, bytes: distinctBytes(call.left) + distinctBytes(call.right) + bytesOf(call.output) };
    case "resize":
      return {
        macs: 0,
        bytes: rowsBytes(call.output, call.rows) + bytesOf(call.input) * shareOf(call.rows, call.output),
      };
    case "load":
      return { macs: 0, bytes: 2 * rowsBytes(call.output, call.rows) };
    case "fill":
      return { macs: 0, bytes: bytesOf(call.output) };
    case "globalPool":
    case "activation":
    case "copy":
    case "quantize":
    case "dequantize":
    case "softmax":
    case "reduce":
      return { macs: 0, bytes: bytesOf(call.input) + bytesOf(call.output) };
    default:
      return NOTHING;
  }
}

/** The share of an image's rows. */
function shareOf([from, to]: Rows, { dims }: View): number {
  return (to - from) / (dims[2] || 1);
}
