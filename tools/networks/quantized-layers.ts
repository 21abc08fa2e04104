/**
 * Quantized layers as ONNX nodes between QuantizeLinear/DequantizeLinear pairs.
 *
 * @module
 */

import { roundHalfEven, saturateInt32 } from "../../src/runtime/rounding.ts";
import type { Context, ConvOptions, Feature } from "./layers.ts";
import { activate, convAttributes } from "./layers.ts";
import type {
  QuantizationParameters,
  QuantizedParameters,
  QuantizedWeights,
} from "./quantized-parameters.ts";

/** What a quantized network is built with. */
export interface QuantizedContext extends Context {
  readonly quantized: QuantizedParameters;
}

/** A feature map after its DequantizeLinear: `value` is float, on the grid that `quantization` tells. */
export interface QuantizedFeature extends Feature {
  readonly quantization: QuantizationParameters;
}

/**
 * Rounds a float value to unsigned bytes and widens it again. Parameters that were missing (and reported) are taken as 1 and 0.
 *
 * @param roundingScale The scale that rounds, where it is not the one that widens: see `productScale`.
 */
export function quantize(
  context: Context,
  input: Feature,
  quantization: QuantizationParameters = { scale: 1, zeroPoint: 0 },
  name: string,
  roundingScale = quantization.scale,
): QuantizedFeature {
  const { graph } = context;
  const scalar = (scale: number) => graph.constant(Float32Array.of(scale), []);
  const zeroPoint = graph.constant(Uint8Array.of(quantization.zeroPoint), []);
  const rounding = [input.value, scalar(roundingScale), zeroPoint];
  const bytes = graph.node("QuantizeLinear", rounding, {}, `${name}.quantized`);
  const widening = [bytes, scalar(quantization.scale), zeroPoint];
  const value = graph.node("DequantizeLinear", widening, {}, `${name}.dequantized`);
  return { value, channels: input.channels, quantization };
}

/** A quantized convolution; ReLU, where it has one, comes before its output is rounded. */
export function quantizedConv(
  context: QuantizedContext,
  input: QuantizedFeature,
  key: string,
  options: ConvOptions & { readonly norm: boolean },
): QuantizedFeature {
  const { kernel, depthwise } = options;
  const shape = depthwise ? [input.channels, 1, kernel, kernel] : [null, input.channels, kernel, kernel];
  const layer = context.quantized.conv(key, shape, options.norm);
  if (!layer) return { ...input, channels: depthwise ? input.channels : null };
  const { weight, bias } = dequantizedWeights(context, layer, input.quantization, key);
  const attributes = convAttributes(layer, options);
  const conv = context.graph.node("Conv", [input.value, weight, bias], attributes, key);
  const channels = layer.shape[0];
  const activated = activate(context, { value: conv, channels }, options.activation ?? null, key);
  return quantize(context, activated, layer.output, key);
}

/**
 * Puts integer weights and bias into the data file, each followed by its DequantizeLinear.
 *
 * The bias becomes int32 at the scale of the products, as torch does when it packs a layer for an input
 * (ATen/native/quantized/cpu/qconv.cpp: `input_scale * weight_scales`).
 */
export function dequantizedWeights(
  context: Context,
  layer: QuantizedWeights,
  input: QuantizationParameters,
  key: string,
): { weight: string; bias: string } {
  const { graph } = context;
  const perChannel = layer.weightScales.length > 1;
  const dims = perChannel ? [layer.weightScales.length] : [];
  const attributes = perChannel ? { axis: 0 } : {};
  const dequantize = (
    integers: string,
    scales: Float32Array,
    zeroPoints: Int8Array | Int32Array,
    name: string,
  ) => {
    const inputs = [integers, graph.constant(scales, dims), graph.constant(zeroPoints, dims)];
    return graph.node("DequantizeLinear", inputs, attributes, name);
  };
  const scales = Float32Array.from(layer.weightScales);
  const products = scales.map((scale) => scale * Math.fround(input.scale));
  const bias = Int32Array.from(layer.bias, (value, c) => {
    const inverse = Math.fround(1 / products[perChannel ? c : 0]);
    return saturateInt32(roundHalfEven(Math.fround(value * inverse)));
  });
  const weightIntegers = graph.weight(`${key}.weight`, layer.shape, layer.weight);
  const biasIntegers = graph.weight(`${key}.bias`, [bias.length], bias);
  return {
    weight: dequantize(
      weightIntegers,
      scales,
      Int8Array.from(layer.weightZeroPoints),
      `${key}.weight.dequantized`,
    ),
    bias: dequantize(biasIntegers, products, new Int32Array(products.length), `${key}.bias.dequantized`),
  };
}
