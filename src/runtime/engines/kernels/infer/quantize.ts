/**
 * Types and shapes of QuantizeLinear and DequantizeLinear.
 *
 * @module
 */
import { numberAttribute } from "../../../onnx/read.ts";
import { ELEMENT_TYPES } from "../../../onnx/types.ts";
import { unsupported } from "../unsupported.ts";
import type { InferContext, InferRule } from "./types.ts";
import { inputOf } from "./types.ts";

/** The result is of the zero point's type; without one, of `output_dtype` (operator set 21), else unsigned bytes. */
function inferQuantize(context: InferContext) {
  const { node, inputs } = context;
  const named = numberAttribute(node, "output_dtype", 0);
  const type =
    inputs[2]?.type ?? (named === 0 ? "uint8" : ELEMENT_TYPES[named as keyof typeof ELEMENT_TYPES]);
  if (type !== "uint8" && type !== "int8")
    unsupported(node, `a result of type ${type}, only 8 bits are supported`);
  return [{ type, dims: inputOf(context, 0).dims }];
}

function inferDequantize(context: InferContext) {
  return [{ type: "float32" as const, dims: inputOf(context, 0).dims }];
}

/** Rules by operator. */
export const quantizeRules: Readonly<Record<string, InferRule>> = {
  QuantizeLinear: inferQuantize,
  DequantizeLinear: inferDequantize,
};
