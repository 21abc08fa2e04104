/**
 * Lowers layers whose window slides over an image.
 *
 * @module
 */
import type { CallWindow, ConvCall, ConvKind, Rows } from "../calls.ts";
import { resolvePads, type Window } from "../geometry.ts";
import type { ConvLayer, ConvTransposeLayer, GlobalPoolLayer, PoolLayer } from "../layers.ts";
import { NONE } from "../layers.ts";
import { winogradScratchBytes } from "../module.ts";
import { describeNode } from "../unsupported.ts";
import { ELEMENT, padChannels } from "../views.ts";
import { cut } from "./elementwise.ts";
import type { Lower } from "./types.ts";

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

export const lowerConv: Lower<ConvLayer> = (layer, plan, rows) => {
  const [input = ""] = layer.inputs;
  const kind = convKind(layer);
  const floats = kind === "dense" ? winogradFloats(layer, rows, plan.dims(layer.output)[3] ?? 1) : 0;
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
    rows,
    ...(floats > 0 ? { scratch: plan.scratch([floats]) } : {}),
  };
  if (!layer.residual) return [call];
  const residual = plan.view(layer.residual);
  // The kernel of dense convolutions reads the residual as it writes the output.
  if (call.kind === "pointwise" || residual.strides.join() === call.output.strides.join()) {
    return [{ ...call, residual }];
  }
  const output = cut(call.output, rows);
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
      countPad: layer.countPad,
      rows,
    },
  ];
};

export const lowerGlobalPool: Lower<GlobalPoolLayer> = (layer, plan) => {
  const [input = ""] = layer.inputs;
  const output = plan.view(layer.output);
  const dims = plan.dims(input);
  return [
    {
      op: "globalPool",
      layer: describeNode(layer.node),
      mode: layer.mode,
      input: plan.view(input),
      // Without `keepdims` the output is `[N, C]`, which lies as `[N, C, 1, 1]` does.
      output: { ...output, dims: [dims[0] ?? 1, dims[1] ?? 1] },
    },
  ];
};
