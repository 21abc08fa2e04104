/**
 * Lowering: a layer becomes calls.
 *
 * @module
 */
import type { Call, Rows } from "../calls.ts";
import type { InputLayer, Layer } from "../layers.ts";
import { describeNode } from "../unsupported.ts";
import { lowerConversion } from "./convert.ts";
import { lowerActivation, lowerBinary, lowerSqueeze } from "./elementwise.ts";
import { lowerConcat, lowerMove, lowerReshape } from "./move.ts";
import { lowerGemm, lowerReduce, lowerResize, lowerSoftmax } from "./other.ts";
import { lowerStem } from "./stem.ts";
import type { Lower, Lowering } from "./types.ts";
import { lowerConv, lowerConvTranspose, lowerGlobalPool, lowerPool } from "./window.ts";

const lowerInput: Lower<InputLayer> = (layer, plan, rows) => [
  { op: "load", layer: describeNode(layer.node), input: layer.output, output: plan.view(layer.output), rows },
];

/** The calls that compute some rows of a layer's output. */
export function lower(layer: Layer, plan: Lowering, rows: Rows): Call[] {
  switch (layer.kind) {
    case "input":
      return lowerInput(layer, plan, rows);
    case "stem":
      return lowerStem(layer, plan, rows);
    case "conv":
      return lowerConv(layer, plan, rows);
    case "convTranspose":
      return lowerConvTranspose(layer, plan, rows);
    case "gemm":
      return lowerGemm(layer, plan, rows);
    case "pool":
      return lowerPool(layer, plan, rows);
    case "globalPool":
      return lowerGlobalPool(layer, plan, rows);
    case "squeeze":
      return lowerSqueeze(layer, plan, rows);
    case "activation":
      return lowerActivation(layer, plan, rows);
    case "binary":
      return lowerBinary(layer, plan, rows);
    case "concat":
      return lowerConcat(layer, plan, rows);
    case "resize":
      return lowerResize(layer, plan, rows);
    case "reshape":
      return lowerReshape(layer, plan, rows);
    case "move":
      return lowerMove(layer, plan, rows);
    case "quantize":
    case "dequantize":
      return lowerConversion(layer, plan, rows);
    case "softmax":
      return lowerSoftmax(layer, plan, rows);
    case "reduce":
      return lowerReduce(layer, plan, rows);
  }
}
