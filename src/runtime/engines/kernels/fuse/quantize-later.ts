/**
 * Flattens a graph input before it is quantized.
 *
 * @module
 */
import { type Quantization, sameQuantization } from "../quantization.ts";
import type { Neighbours, Rewrite } from "./rewrite.ts";

/** The float value that a dequantize layer gives back, rounded, and how it is rounded. */
function unrounded(value: string, around: Neighbours): { source: string; by: Quantization } | undefined {
  const dequantize = around.maker(value);
  const quantize = around.maker(dequantize?.inputs[0] ?? "");
  if (dequantize?.kind !== "dequantize" || quantize?.kind !== "quantize") return undefined;
  if (!sameQuantization(dequantize.quantization, quantize.quantization)) return undefined;
  return { source: quantize.inputs[0] ?? "", by: quantize.quantization };
}

/**
 * `quantize(reshape(dequantize(quantize(input))))` needs the second rounding only, and an input that is only flattened is brought in row-major, as
 * flattening wants it: regions of a detector, which bytes in channels-last order would have to be sorted from.
 */
export const quantizeLater: Rewrite = (layer, around) => {
  if (layer.kind !== "reshape") return undefined;
  const before = unrounded(layer.inputs[0] ?? "", around);
  if (!before || around.maker(before.source)?.kind !== "input") return undefined;
  const reader = around.onlyReader(layer.output);
  const roundedAgain = reader?.kind === "quantize" && sameQuantization(reader.quantization, before.by);
  return roundedAgain ? { ...layer, inputs: [before.source] } : undefined;
};
