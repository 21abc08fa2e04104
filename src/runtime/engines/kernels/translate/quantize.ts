/**
 * QuantizeLinear and DequantizeLinear of values.
 *
 * @module
 */
import type { GraphNode } from "../../../onnx/types.ts";
import { readParameters } from "../constants.ts";
import type { Quantization } from "../quantization.ts";
import { unsupported } from "../unsupported.ts";
import { base, type Scope, type Translate, valueInput } from "./types.ts";

/** The scale and zero point of all elements; see {@link Quantization} for signed bytes. */
function quantizationOf(node: GraphNode, bytes: string, { graph, inference }: Scope): Quantization {
  const { scales, zeros } = readParameters(node, graph);
  const [scale = 1] = scales;
  const [zero = 0] = zeros;
  if (scales.length !== 1 || zeros.length !== 1)
    unsupported(node, "scales of channels are supported for constants only");
  if (!(scale > 0 && Number.isFinite(scale))) unsupported(node, `a scale of ${scale}`);
  return { scale, zero: inference.get(bytes)?.type === "int8" ? zero + 128 : zero };
}

/** Floats to bytes. */
export const quantize: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "quantize",
  quantization: quantizationOf(node, node.outputs[0] ?? "", scope),
});

/** Bytes to floats. */
export const dequantize: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "dequantize",
  quantization: quantizationOf(node, node.inputs[0] ?? "", scope),
});
