/**
 * Lowers conversions between floats and bytes.
 *
 * @module
 */
import type { DequantizeLayer, QuantizeLayer } from "../layers.ts";
import { describeNode } from "../unsupported.ts";
import { cut } from "./elementwise.ts";
import type { Lower } from "./types.ts";

/** Both ways: the kind of layer is the name of the call. */
export const lowerConversion: Lower<QuantizeLayer | DequantizeLayer> = (layer, plan, rows) => [
  {
    op: layer.kind,
    layer: describeNode(layer.node),
    input: cut(plan.view(layer.inputs[0] ?? ""), rows),
    output: cut(plan.view(layer.output), rows),
    quantization: layer.quantization,
  },
];
