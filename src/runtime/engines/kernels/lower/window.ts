/**
 * Lowers layers whose window slides over an image.
 *
 * @module
 */
import type { CallWindow, ConvCall, ConvKind, Rows } from "../calls.ts";
import { resolvePads, type Window } from "../geometry.ts";
import type { ConvLayer, ConvTransposeLayer, GlobalPoolLayer, PoolLayer } from "../layers.ts";
import { NONE } from "../layers.ts";
import { winogradScratchBytes } from "../module/convolution.ts";
import { depthwiseQ8ScratchBytes } from "../module/convolution-q8.ts";
import { describeNode } from "../unsupported.ts";
import { ELEMENT, padChannels } from "../views.ts";
import { cut } from "./elementwise.ts";
import type { Lower } from "./types.ts";
import { withRoom } from "./wide.ts";

/** A window for an input of these dims. */
export function resolveWindow(window: Window, dims: readonly number[]): CallWindow {
  const { kernel, stride, dilation } = window;
  return { kernel, stride, dilation, pads: resolvePads(window, dims[2] ?? 1, dims[3] ?? 1) };
}

/** How a convolution mixes channels; it is the same for every input size, as the weights are packed for it. */
export function convKind({ weightDims, group, window }: ConvLayer): ConvKind {
  const [out, perGroup, height, width] = weightDims;
  if (group > 1) return perGroup === 1 && out === group ? "depthwise" : "grouped";
  const unit = height === 1 && width === 1 && window.stride.join() === "1,1";
  const padded = typeof window.padding !== "string" && window.padding.some((pad) => pad > 0);
  return unit && !padded ? "pointwise" : "dense";
}

/** Output pixels and channels (in and out) from which Winograd's way was faster, measured on 256 and on 32 channels. */
const WINOGRAD_PIXELS = 128;
const WINOGRAD_CHANNELS = 32;

/** Floats of scratch memory for Winograd's way; 0 where the convolution does not go by it, or would be slower. */
function winogradFloats(layer: ConvLayer, rows: Rows, width: number): number {
  const [cout, cin, height, breadth] = layer.weightDims;
  const { stride, dilation } = layer.window;
  const fits = height === 3 && breadth === 3 && [...stride, ...dilation].every((step) => step === 1);
  const pays = Math.min(cin, cout) >= WINOGRAD_CHANNELS && (rows[1] - rows[0]) * width >= WINOGRAD_PIXELS;
  return fits && pays ? winogradScratchBytes(padChannels(cin), rows[1] - rows[0], width) / ELEMENT : 0;
}

/** Floats of scratch memory that a convolution of bytes needs. */
function byteFloats({ weightDims, window }: ConvLayer, kind: ConvKind, width: number): number {
  const channels = padChannels(weightDims[0], "u8");
  // A row of 32-bit sums.
  if (kind === "dense") return channels * width;
  if (kind !== "depthwise") return 0;
  const { kernel, stride, dilation } = window;
  return Math.ceil(depthwiseQ8ScratchBytes(channels, width, kernel, stride, dilation) / ELEMENT);
}

/** Floats of scratch memory that a convolution needs for rows of `width` results. */
function scratchFloats(layer: ConvLayer, kind: ConvKind, rows: Rows, width: number): number {
  if (layer.bytes) return byteFloats(layer, kind, width);
  return kind === "dense" ? winogradFloats(layer, rows, width) : 0;
}

export const lowerConv: Lower<ConvLayer> = (layer, plan, rows) => {
  const [input = ""] = layer.inputs;
  const kind = convKind(layer);
  const floats = scratchFloats(layer, kind, rows, plan.dims(layer.output)[3] ?? 1);
  const call: ConvCall = {
    op: "conv",
    layer: describeNode(layer.node),
    kind,
    input: plan.view(input),
    output: plan.view(layer.output),
    weights: plan.weights(layer.weight, layer),
    window: resolveWindow(layer.window, plan.dims(input)),
    group: layer.group,
    activation: layer.activation,
    bytes: layer.bytes,
    rows,
    ...(floats > 0 ? { scratch: plan.scratch([floats]) } : {}),
  };
  const residual = layer.residual === undefined ? undefined : plan.view(layer.residual);
  if (layer.bytes && !layer.bytes.output) {
    const added = residual ? { residual } : {};
    return withRoom(call.output, rows, plan, (output) => [{ ...call, output, ...added }]);
  }
  if (!residual) return [call];
  // The kernels of dense convolutions read the residual as they write the output.
  if (call.kind === "pointwise" || residual.strides.join() === call.output.strides.join()) {
    return [{ ...call, residual }];
  }
  const output = cut(call.output, rows);
  if (layer.bytes) {
    const copy = { op: "copy", layer: call.layer, input: cut(residual, rows), output } as const;
    return [copy, { ...call, residual: call.output }];
  }
  return [
    { ...call, activation: NONE },
    {
      op: "binary",
      layer: call.layer,
      function: "Add",
      left: output,
      right: cut(residual, rows),
      output,
      activation: layer.activation,
    },
  ];
};

export const lowerConvTranspose: Lower<ConvTransposeLayer> = (layer, plan) => {
  const [input = ""] = layer.inputs;
  return [
    {
      op: "convTranspose",
      layer: describeNode(layer.node),
      input: plan.view(input),
      output: plan.view(layer.output),
      weights: plan.weights(layer.weight, layer),
      window: resolveWindow(layer.window, plan.dims(input)),
      group: layer.group,
      activation: layer.activation,
      bytes: layer.bytes,
    },
  ];
};

export const lowerPool: Lower<PoolLayer> = (layer, plan, rows) => {
  const [input = ""] = layer.inputs;
  return [
    {
      op: "pool",
      layer: describeNode(layer.node),
      mode: layer.mode,
      input: plan.view(input),
      output: plan.view(layer.output),
      window: resolveWindow(layer.window, plan.dims(input)),
      bytes: layer.bytes,
      countPad: layer.countPad,
      rows,
    },
  ];
};

export const lowerGlobalPool: Lower<GlobalPoolLayer> = (layer, plan) => {
  const [input = ""] = layer.inputs;
  const output = plan.view(layer.output);
  const dims = plan.dims(input);
  const sums = layer.bytes
    ? { bytes: layer.bytes, scratch: plan.scratch([padChannels(dims[1] ?? 1, "u8")]) }
    : {};
  return [
    {
      op: "globalPool",
      layer: describeNode(layer.node),
      mode: layer.mode,
      input: plan.view(input),
      // Without `keepdims` the output is `[N, C]`, which lies as `[N, C, 1, 1]` does.
      output: { ...output, dims: [dims[0] ?? 1, dims[1] ?? 1] },
      ...sums,
    },
  ];
};
