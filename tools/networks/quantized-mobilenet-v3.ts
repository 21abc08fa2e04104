/**
 * torchvision's quantization-aware-trained MobileNetV3-Large (torchvision/models/quantization/mobilenetv3.py) as a graph of
 * QuantizeLinear/DequantizeLinear pairs that hold torch's own scales and zero points.
 *
 * Every operation gives what QNNPACK's integer kernel gives, up to the rounding of ties: it computes on the real numbers that the
 * integers stand for, and rounds once to its output's scale. Sums and products have a rounding scale beside their own, which decides
 * ties as that kernel does.
 *
 * @module
 */
import type { Context, ConvOptions, Feature } from "./layers.ts";
import { activate, globalAveragePool, hardSigmoid } from "./layers.ts";
import { hasExpansion, isResidual } from "./mobilenet-v3.ts";
import type { Bottleneck, MobileNetV3Settings } from "./mobilenet-v3-settings.ts";
import { productScale } from "./product-rounding.ts";
import {
  dequantizedWeights,
  type QuantizedContext,
  type QuantizedFeature,
  quantize,
  quantizedConv,
} from "./quantized-layers.ts";
import { openQuantized, type QuantizationParameters } from "./quantized-parameters.ts";
import { sumScale } from "./sum-rounding.ts";

/** What quantized h-sigmoid gives, whatever it takes: a byte for 0 to 255/256 (ATen/native/quantized/cpu/qhardsigmoid.cpp). */
const HARD_SIGMOID_OUTPUT: QuantizationParameters = { scale: 1 / 256, zeroPoint: 0 };

/** The quantized classifier, from the image to `logits`; with the keys of its form that inference does not need. */
export function quantizedMobilenetV3(
  base: Context,
  image: Feature,
  settings: MobileNetV3Settings,
): { logits: Feature; unused: (key: string) => boolean } {
  const context = { ...base, quantized: openQuantized(base.parameters) };
  let x = quantize(context, image, context.quantized.output("quant"), "quant");
  x = convActivation(context, x, "features.0", { kernel: 3, stride: 2, activation: "HS" });
  for (const [i, bottleneck] of settings.bottlenecks.entries()) {
    x = invertedResidual(context, x, bottleneck, `features.${i + 1}`);
  }
  x = convActivation(context, x, `features.${settings.bottlenecks.length + 1}`, {
    kernel: 1,
    activation: "HS",
  });

  context.onPart("classifier");
  const pooled = quantize(context, globalAveragePool(context, x, "avgpool"), x.quantization, "avgpool");
  const flat = context.graph.node("Flatten", [pooled.value], { axis: 1 }, "flatten");
  const hidden = quantizedLinear(context, { ...pooled, value: flat }, "classifier.0");
  const activated = quantizedActivation(context, hidden, "classifier.1");
  const logits = quantizedLinear(context, activated, "classifier.3");
  return { logits, unused: context.quantized.unused };
}

/** `QuantizableInvertedResidual`. */
function invertedResidual(
  context: QuantizedContext,
  input: QuantizedFeature,
  bottleneck: Bottleneck,
  key: string,
): QuantizedFeature {
  const { kernel, stride, activation, useSe } = bottleneck;
  let layer = 0;
  const next = () => `${key}.block.${layer++}`;
  let x = input;
  if (hasExpansion(context, bottleneck, `${key}.block`)) {
    x = convActivation(context, x, next(), { kernel: 1, activation });
  }
  x = convActivation(context, x, next(), { kernel, stride, depthwise: true, activation });
  if (useSe) x = squeezeExcitation(context, x, next());
  x = convActivation(context, x, next(), { kernel: 1 });
  if (!isResidual(bottleneck, input, x)) return x;
  const sum = context.graph.node("Add", [input.value, x.value], {}, `${key}.add`);
  const output = context.quantized.output(`${key}.skip_add`);
  const rounding = output && sumScale(input.quantization, x.quantization, output);
  return quantize(context, { ...x, value: sum }, output, `${key}.add`, rounding);
}

/** `Conv2dNormActivation` after fusion: ReLU belongs to the convolution's kernel, h-swish is an operation of its own. */
function convActivation(
  context: QuantizedContext,
  input: QuantizedFeature,
  key: string,
  options: ConvOptions,
): QuantizedFeature {
  context.onPart(key);
  const swish = options.activation === "HS";
  const conv = quantizedConv(context, input, `${key}.0`, {
    ...options,
    activation: swish ? null : (options.activation ?? null),
    norm: true,
  });
  return swish ? quantizedActivation(context, conv, `${key}.2`) : conv;
}

function quantizedActivation(
  context: QuantizedContext,
  input: QuantizedFeature,
  key: string,
): QuantizedFeature {
  return quantize(context, activate(context, input, "HS", key), context.quantized.output(key), key);
}

/** `QuantizableSqueezeExcitation`. */
function squeezeExcitation(
  context: QuantizedContext,
  input: QuantizedFeature,
  key: string,
): QuantizedFeature {
  const pooled = globalAveragePool(context, input, `${key}.avgpool`);
  const squeezed = quantize(context, pooled, input.quantization, `${key}.avgpool`);
  const hidden = quantizedConv(context, squeezed, `${key}.fc1`, { kernel: 1, activation: "RE", norm: false });
  const excited = quantizedConv(context, hidden, `${key}.fc2`, { kernel: 1, norm: false });
  const gate = hardSigmoid(context, excited, `${key}.scale`);
  const scale = quantize(context, gate, HARD_SIGMOID_OUTPUT, `${key}.scale`);
  const product = context.graph.node("Mul", [scale.value, input.value], {}, `${key}.mul`);
  const output = context.quantized.output(`${key}.skip_mul`);
  const rounding = output && productScale(HARD_SIGMOID_OUTPUT, input.quantization, output);
  return quantize(context, { ...input, value: product }, output, `${key}.mul`, rounding);
}

function quantizedLinear(context: QuantizedContext, input: QuantizedFeature, key: string): QuantizedFeature {
  context.onPart(key);
  const layer = context.quantized.linear(key, input.channels);
  if (!layer) return { ...input, channels: null };
  const { weight, bias } = dequantizedWeights(context, layer, input.quantization, key);
  const value = context.graph.node("Gemm", [input.value, weight, bias], { transB: 1 }, key);
  return quantize(context, { value, channels: layer.shape[0] }, layer.output, key);
}
