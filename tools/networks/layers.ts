/**
 * Layers of torchvision's networks as ONNX nodes, their parameters taken from a state dict.
 *
 * A layer whose parameters are missing adds a stand-in and goes on; `Parameters.finish` then throws before the graph is used.
 *
 * @module
 */
import type { GraphBuilder, Storage } from "../onnx/builder.ts";
import { readFloats, type Tensor } from "../torch/tensor.ts";
import { foldBatchNorm, takeBatchNorm } from "./batch-norm.ts";
import type { Parameters } from "./parameters.ts";

/** What a network is built with. */
export interface Context {
  readonly graph: GraphBuilder;
  readonly parameters: Parameters;
  /** Called with a part's name before it is built: `features.7`. */
  readonly onPart: (part: string) => void;
}

/** A feature map `[batch, channels, height, width]` or vector `[batch, channels]`; channels are `null` where the file did not say. */
export interface Feature {
  readonly value: string;
  readonly channels: number | null;
}

/** The paper's non-linearities: ReLU, h-swish; `null` for none. */
export type Activation = "RE" | "HS" | null;

/** How a convolution is laid out. Kernels are square. */
export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** One group a channel. */
  readonly depthwise?: boolean;
  readonly activation?: Activation;
}

/** `alpha` of h-sigmoid `max(0, min(1, x / 6 + 0.5))`: `relu6(x + 3) / 6` in torch. ONNX's own default is 0.2. */
const HARD_SIGMOID_ALPHA = Math.fround(1 / 6);

/**
 * torchvision's `Conv2dNormActivation`: a convolution without bias, batch norm (folded into it), activation; padding keeps the size
 * at stride 1.
 *
 * @param conv Key of the convolution, `norm` of the batch norm.
 */
export function convNormActivation(
  context: Context,
  input: Feature,
  keys: { readonly conv: string; readonly norm: string },
  eps: number,
  options: ConvOptions,
): Feature {
  const kernel = takeKernel(context, input.channels, keys.conv, options);
  const channels = kernel?.shape[0] ?? null;
  const norm = takeBatchNorm(context.parameters, keys.norm, channels);
  const folded = kernel && foldBatchNorm(kernel, norm, eps);
  if (!kernel || !folded) return standIn(input, channels);
  return convolution(context, keys.conv, { kernel, ...folded }, options)(input);
}

/** `nn.Conv2d` with its own bias, or without one. */
export function conv2d(
  context: Context,
  input: Feature,
  key: string,
  options: ConvOptions & { readonly bias?: boolean },
): Feature {
  return conv2dModule(context, input.channels, key, options)(input);
}

/** A `conv2d` that can be applied several times: its parameters are stored once. */
export function conv2dModule(
  context: Context,
  channels: number | null,
  key: string,
  options: ConvOptions & { readonly bias?: boolean },
): (input: Feature) => Feature {
  const kernel = takeKernel(context, channels, key, options);
  const outputs = kernel?.shape[0] ?? null;
  const hasBias = options.bias ?? true;
  const bias = hasBias ? context.parameters.tensor(`${key}.bias`, [outputs]) : undefined;
  if (!kernel || (hasBias && !bias)) return (input) => standIn(input, outputs);
  const arrays = { kernel, weight: readFloats(kernel), ...(bias && { bias: readFloats(bias) }) };
  return convolution(context, key, arrays, options);
}

/** `nn.Linear`: `x W^T + b`. @param storage of the weights, where it is not the model's */
export function linear(context: Context, input: Feature, key: string, storage?: Storage): Feature {
  const { graph, parameters } = context;
  const weight = parameters.tensor(`${key}.weight`, [null, input.channels]);
  const channels = weight?.shape[0] ?? null;
  const bias = parameters.tensor(`${key}.bias`, [channels]);
  if (!weight || !bias) return standIn(input, channels);
  const inputs = [
    input.value,
    graph.weight(`${key}.weight`, weight.shape, readFloats(weight), storage),
    graph.weight(`${key}.bias`, bias.shape, readFloats(bias)),
  ];
  return { value: graph.node("Gemm", inputs, { transB: 1 }, key), channels };
}

/** ReLU, h-swish, or nothing. */
export function activate(context: Context, input: Feature, activation: Activation, name: string): Feature {
  if (activation === null) return input;
  const op = activation === "RE" ? "Relu" : "HardSwish";
  return { ...input, value: context.graph.node(op, [input.value], {}, `${name}.${op.toLowerCase()}`) };
}

/** H-sigmoid. */
export function hardSigmoid(context: Context, input: Feature, name: string): Feature {
  const attributes = { alpha: { float: HARD_SIGMOID_ALPHA }, beta: { float: 0.5 } };
  return { ...input, value: context.graph.node("HardSigmoid", [input.value], attributes, name) };
}

/** The mean over height and width, which stay as 1 × 1. */
export function globalAveragePool(context: Context, input: Feature, name: string): Feature {
  return { ...input, value: context.graph.node("GlobalAveragePool", [input.value], {}, name) };
}

/**
 * `F.interpolate(input, size=like.shape[-2:])`.
 *
 * @param mode `linear` for torch's `bilinear` with `align_corners=False`; `nearest` for its `nearest`.
 */
export function resizeLike(
  context: Context,
  input: Feature,
  like: Feature,
  mode: "linear" | "nearest",
  name: string,
): Feature {
  const { graph } = context;
  const kept = graph.node("Shape", [input.value], { end: 2 }, `${name}.kept`);
  const size = graph.node("Shape", [like.value], { start: 2 }, `${name}.size`);
  const sizes = graph.node("Concat", [kept, size], { axis: 0 }, `${name}.sizes`);
  // torch's source position: (i + 0.5) * in / out - 0.5 for bilinear; floor(i * in / out) for nearest (ATen/native/UpSample.h).
  const attributes =
    mode === "linear"
      ? { mode, coordinate_transformation_mode: "half_pixel" }
      : { mode, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  return { ...input, value: graph.node("Resize", [input.value, "", "", sizes], attributes, name) };
}

function takeKernel(
  context: Context,
  channels: number | null,
  key: string,
  { kernel, depthwise }: ConvOptions,
): Tensor | undefined {
  const shape = depthwise ? [channels, 1, kernel, kernel] : [null, channels, kernel, kernel];
  return context.parameters.tensor(`${key}.weight`, shape);
}

/** Stores a convolution's parameters, and gives what adds its node. */
function convolution(
  context: Context,
  key: string,
  arrays: { readonly kernel: Tensor; readonly weight: Float32Array; readonly bias?: Float32Array },
  options: ConvOptions,
): (input: Feature) => Feature {
  const { graph } = context;
  const { kernel, weight, bias } = arrays;
  const parameters = [graph.weight(`${key}.weight`, kernel.shape, weight)];
  if (bias) parameters.push(graph.weight(`${key}.bias`, [bias.length], bias));
  const attributes = convAttributes(kernel, options);
  return (input) => {
    const value = graph.node("Conv", [input.value, ...parameters], attributes, key);
    return activate(context, { value, channels: kernel.shape[0] }, options.activation ?? null, key);
  };
}

/** ONNX's attributes of a convolution; torchvision pads by `(kernel - 1) / 2 * dilation` on every side. */
export function convAttributes(kernel: { readonly shape: readonly number[] }, options: ConvOptions) {
  const { stride = 1, dilation = 1, depthwise = false } = options;
  const padding = ((options.kernel - 1) / 2) * dilation;
  return {
    kernel_shape: [options.kernel, options.kernel],
    pads: [padding, padding, padding, padding],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    group: depthwise ? kernel.shape[0] : 1,
  };
}

/** Stands where a layer could not be built, so that the layers after it are checked too. */
function standIn(input: Feature, channels: number | null): Feature {
  return { value: input.value, channels };
}
