/**
 * Lowers activations, sums and products.
 *
 * @module
 */
import type { Call, Rows, View } from "../calls.ts";
import type { ActivationLayer, BinaryLayer, BinaryOperand, SqueezeLayer } from "../layers.ts";
import { describeNode } from "../unsupported.ts";
import { broadcastTo, rowsOf } from "../views.ts";
import type { Lower, Lowering } from "./types.ts";

/** The rows of a view that a call works on; what is no image, or is broadcast over rows, is taken whole. */
export function cut(view: View, rows: Rows): View {
  return view.dims.length === 4 ? rowsOf(view, rows) : view;
}

export const lowerActivation: Lower<ActivationLayer> = (layer, plan, rows) => [
  {
    op: "activation",
    layer: describeNode(layer.node),
    input: cut(plan.view(layer.inputs[0] ?? ""), rows),
    output: cut(plan.view(layer.output), rows),
    activation: layer.activation,
    ...(layer.bytes ? { bytes: layer.bytes, table: plan.weights(layer.output, layer) } : {}),
  },
];

function operand(side: BinaryOperand, plan: Lowering, dims: readonly number[], rows: Rows): View | number {
  if ("scalar" in side) return side.scalar;
  const view = "value" in side ? plan.view(side.value) : plan.constant(side.constant);
  return cut(broadcastTo(view, dims), rows);
}

export const lowerBinary: Lower<BinaryLayer> = (layer, plan, rows): Call[] => {
  const dims = plan.dims(layer.output);
  return [
    {
      op: "binary",
      layer: describeNode(layer.node),
      function: layer.op,
      left: operand(layer.left, plan, dims, rows),
      right: operand(layer.right, plan, dims, rows),
      output: cut(plan.view(layer.output), rows),
      activation: layer.activation,
      bytes: layer.bytes,
    },
  ];
};

export const lowerSqueeze: Lower<SqueezeLayer> = (layer, plan) => {
  const [channels, squeezed] = layer.channels;
  return [
    {
      op: "squeeze",
      layer: describeNode(layer.node),
      input: plan.view(layer.inputs[0] ?? ""),
      output: plan.view(layer.output),
      scratch: plan.scratch([2, Math.max(channels, squeezed)]),
      weights: [plan.weights(layer.weights[0], layer), plan.weights(layer.weights[1], layer)],
      channels: layer.channels,
      activations: layer.activations,
    },
  ];
};
