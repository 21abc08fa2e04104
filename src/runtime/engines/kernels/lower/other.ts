/**
 * Lowers matrix products, resizing, softmax and reductions.
 *
 * @module
 */
import type { GemmCall } from "../calls.ts";
import { reducedAxes } from "../infer/reduce.ts";
import { resolveResize } from "../infer/resize.ts";
import type { GemmLayer, ReduceLayer, ResizeLayer, SoftmaxLayer } from "../layers.ts";
import { GEMM_F16_SCRATCH_BYTES } from "../module/matrix.ts";
import { describeNode } from "../unsupported.ts";
import { ELEMENT } from "../views.ts";
import { clearLanes } from "./move.ts";
import type { Lower } from "./types.ts";
import { withRoom } from "./wide.ts";

export const lowerGemm: Lower<GemmLayer> = (layer, plan, rows) => {
  const call: GemmCall = {
    op: "gemm",
    layer: describeNode(layer.node),
    input: plan.view(layer.inputs[0] ?? ""),
    output: plan.view(layer.output),
    scratch: plan.scratch([GEMM_F16_SCRATCH_BYTES / ELEMENT]),
    weights: plan.weights(layer.weight, layer),
    activation: layer.activation,
    bytes: layer.bytes,
  };
  if (!layer.bytes) return [call];
  return withRoom(call.output, rows, plan, (output) => [{ ...call, output }]);
};

export const lowerResize: Lower<ResizeLayer> = (layer, plan, rows) => [
  {
    op: "resize",
    layer: describeNode(layer.node),
    input: plan.view(layer.inputs[0] ?? ""),
    output: plan.view(layer.output),
    spec: resolveResize(plan.context(layer)),
    rows,
  },
];

export const lowerSoftmax: Lower<SoftmaxLayer> = (layer, plan) => {
  const name = describeNode(layer.node);
  const input = plan.view(layer.inputs[0] ?? "");
  const output = plan.view(layer.output);
  return [{ op: "softmax", layer: name, input, output, axis: layer.axis }, ...clearLanes(output, name)];
};

export const lowerReduce: Lower<ReduceLayer> = (layer, plan) => {
  const axes = reducedAxes(plan.context(layer));
  const input = plan.view(layer.inputs[0] ?? "");
  const output = plan.view(layer.output);
  let next = 0;
  // Without `keepdims` the output misses the reduced axes: put them back, of size 1.
  const kept = output.dims.length === input.dims.length;
  const strides = input.dims.map((_, axis) => {
    if (axes.includes(axis)) return 0;
    return output.strides[kept ? axis : next++] ?? 0;
  });
  const dims = input.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return [
    {
      op: "reduce",
      layer: describeNode(layer.node),
      mode: layer.mode,
      input,
      output: { ...output, dims, strides },
      axes,
    },
  ];
};
