/** Networks of QuantizeLinear/DequantizeLinear pairs, with made-up ranges. */
import type { Attribute, GraphBuilder } from "../../../tools/onnx/builder.ts";
import type { Feature, Noise } from "./random-graphs.ts";

/** How bytes stand for numbers: unsigned or signed ones. */
export interface Range {
  readonly scale: number;
  readonly zero: number;
  readonly signed: boolean;
}

/** A map behind its DequantizeLinear. */
export interface QuantizedFeature extends Feature {
  readonly range: Range;
}

/** Whole numbers from noise in -1..1. */
const whole = (noise: Float32Array, limit: number) =>
  Int8Array.from(noise, (value) => Math.round(value * limit));

/** Rounds a float value to bytes, and widens them again. */
export function quantized(g: GraphBuilder, x: Feature, range: Range): QuantizedFeature {
  const scale = g.constant(Float32Array.of(range.scale), []);
  const zero = g.constant(range.signed ? Int8Array.of(range.zero - 128) : Uint8Array.of(range.zero), []);
  const bytes = g.node("QuantizeLinear", [x.value, scale, zero]);
  return { ...x, value: g.node("DequantizeLinear", [bytes, scale, zero]), range };
}

/** Integer weights and their layer's bias, dequantized. */
export interface WeightOptions {
  readonly dims: readonly number[];
  /** Axis of `dims` that counts outputs; its scales differ, unless `perTensor`. */
  readonly axis: 0 | 1;
  readonly fan: number;
  readonly perTensor: boolean;
  readonly bias: boolean;
  /** Largest weight: 127, or 63 as the quantizer keeps them for speed. */
  readonly limit: number;
}

/** The inputs of a product of `x`: weights, and perhaps a bias. No weight is over 1, so that a step of `x` moves an output by no more. */
export function integerWeights(
  g: GraphBuilder,
  x: QuantizedFeature,
  noise: Noise,
  options: WeightOptions,
): string[] {
  const { dims, axis, fan, perTensor, bias, limit } = options;
  const size = dims.reduce((a, b) => a * b, 1);
  const outputs = dims[axis];
  const unit = Math.sqrt(1 / fan) / limit;
  const scales = perTensor
    ? Float32Array.of(unit)
    : Float32Array.from(noise(outputs), (value) => unit * (0.8 + 0.2 * value));
  const shape = perTensor ? [] : [outputs];
  const attributes: Record<string, Attribute> = perTensor ? {} : { axis };
  const weight = g.node(
    "DequantizeLinear",
    [
      g.weight("w", dims, whole(noise(size), limit)),
      g.constant(scales, shape),
      g.constant(new Int8Array(scales.length), shape),
    ],
    attributes,
  );
  if (!bias) return [x.value, weight];
  const products = scales.map((scale) => scale * Math.fround(x.range.scale));
  const integers = Int32Array.from(noise(outputs), (value, c) =>
    Math.round((0.5 * value) / products[perTensor ? 0 : c]),
  );
  const biases = g.node(
    "DequantizeLinear",
    [
      g.weight("b", [outputs], integers),
      g.constant(products, shape),
      g.constant(new Int32Array(products.length), shape),
    ],
    perTensor ? {} : { axis: 0 },
  );
  return [x.value, weight, biases];
}
