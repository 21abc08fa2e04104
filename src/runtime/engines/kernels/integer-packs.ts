/**
 * Weights of layers that compute on bytes, in the form that the integer kernels read.
 *
 * @module
 */
import { elementCount } from "../../onnx/tensor.ts";
import type { Constant, Constants } from "./constants.ts";
import { activationFunction } from "./host/activate.ts";
import type { ByteForm, ConvLayer, Layer } from "./layers.ts";
import { convKind } from "./lower/window.ts";
import {
  headersLayout,
  type MatrixLayout,
  matrixLayout,
  transposedMatrixLayout,
  unfoldedMatrixLayout,
} from "./packing/matrix-layout.ts";
import { type MatrixQ8, packedBytes } from "./packing/matrix-q8.ts";
import { fitsQuads, packDepthwiseQ8, type Q8Path } from "./packing/q8.ts";
import { lookupTable } from "./quantization.ts";
import { requantization } from "./requantization.ts";

/** Integer weights of a product of matrices on bytes. Extra steps, of which there may be some, come on top of its bytes. */
export interface MatrixPack {
  readonly kind: "matrix";
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  readonly matrix: MatrixQ8;
  /** The pack that has the weights, where it is another: a head that reads several maps is packed once, and headers for each. */
  readonly owner: MatrixPack | undefined;
  readonly bytes: number;
}

/** Integer weights of a depthwise convolution. How many bytes they take depends on them, and is known when they are packed: `bytes` is about that. */
export interface DepthwisePack {
  readonly kind: "depthwise";
  readonly weight: Constant;
  readonly bias: Constant | undefined;
  /** Packs weights, which are in ONNX's order. */
  pack(weights: Int8Array, bias: Int32Array | undefined, path: Q8Path): Uint8Array<ArrayBuffer>;
  readonly bytes: number;
}

/** A layer with integer weights. */
type WeightedLayer = Extract<Layer, { kind: "stem" | "conv" | "convTranspose" | "gemm" }>;

/** Real numbers that a sum of 1 stands for, one an output channel; `undefined` unless weights are symmetric, per tensor or per output channel. */
export function productScales(
  layer: WeightedLayer,
  bytes: ByteForm,
  constants: Constants,
): Float64Array | undefined {
  const weight = constants.get(layer.weight);
  const quantized = weight?.type === "int8" ? weight.quantized : undefined;
  if (!weight || !quantized || quantized.zeros.some((zero) => zero !== 0)) return undefined;
  const axis = outputAxis(layer);
  const { scales } = quantized;
  if (scales.length > 1 && quantized.axis !== axis) return undefined;
  const input = bytes.inputs[0]?.scale ?? 1;
  const outputs = weight.dims[axis] ?? 0;
  const products = new Float64Array(outputs);
  for (let c = 0; c < outputs; c++) products[c] = input * (scales[scales.length === 1 ? 0 : c] ?? 0);
  return products;
}

/** The axis of a weight that counts outputs. */
function outputAxis(layer: WeightedLayer): 0 | 1 {
  if (layer.kind === "gemm") return layer.transposed ? 0 : 1;
  return layer.kind === "convTranspose" ? 1 : 0;
}

/** A bias counts in steps of input scale · weight scale, up to this share: the quantizer's own rounding to single precision. */
const BIAS_TOLERANCE = 1e-5;

/** Whether a bias can be added to the sums as it is. */
export function isSumBias(bias: Constant | undefined, products: Float64Array): boolean {
  if (!bias) return true;
  const { quantized, type } = bias;
  if (type !== "int32" || !quantized || quantized.zeros.some((zero) => zero !== 0)) return false;
  return products.every((product, c) => {
    const scale = quantized.scales[quantized.scales.length === 1 ? 0 : c] ?? 0;
    return Math.abs(scale - product) <= BIAS_TOLERANCE * product;
  });
}

/** What becomes of a layer's sums: scales, one an output, zero point of the input, and the output. */
function sumsOf(layer: WeightedLayer, bytes: ByteForm, constants: Constants) {
  const products = productScales(layer, bytes, constants) ?? new Float64Array();
  const known = requantization(layer.activation, bytes);
  if (!known) throw new TypeError("a layer without integer kernels is packed for them");
  const { output, steps } = known;
  // Three roundings, as QNNPACK has them (torch's `generate_requantization_scales`): a sum close to a tie goes the way that it goes there.
  const gain = Math.fround(steps);
  const scales = Float32Array.from(products);
  for (let c = 0; c < scales.length; c++) scales[c] = (scales[c] as number) * gain;
  return { scales, inputZero: bytes.inputs[0]?.zero ?? 0, output };
}

/** Where the weights of a layer go that is a product of matrices; `undefined` for a depthwise convolution. */
function layoutOf(layer: WeightedLayer): MatrixLayout | undefined {
  if (layer.kind === "gemm") {
    const { rows, columns, transposed } = layer;
    return matrixLayout(columns, rows, 1, !transposed);
  }
  const [first, second, height, width] = layer.weightDims;
  const taps = height * width;
  if (layer.kind === "stem") return unfoldedMatrixLayout(first, second, taps);
  if (layer.kind === "convTranspose") return transposedMatrixLayout(second, first);
  return convKind(layer) === "depthwise" ? undefined : matrixLayout(first, second, taps);
}

/**
 * How the weights of a layer on bytes are packed.
 *
 * @param owner a matrix of the same weights for the same kind of layer, if there is one
 */
export function integerPack(
  layer: WeightedLayer,
  bytes: ByteForm,
  weight: Constant,
  constants: Constants,
  owner: MatrixPack | undefined,
): MatrixPack | DepthwisePack {
  const bias = layer.bias === undefined ? undefined : constants.get(layer.bias);
  const sums = sumsOf(layer, bytes, constants);
  const whole = layoutOf(layer);
  if (whole) {
    const layout = owner ? headersLayout(whole) : whole;
    return { kind: "matrix", weight, bias, matrix: { ...sums, layout }, owner, bytes: packedBytes(layout) };
  }
  const { weightDims, window } = layer as ConvLayer;
  const [outputs, , rows, columns] = weightDims;
  const shape = { ...sums, outputs, taps: rows * columns, rows };
  const quads = fitsQuads(window.stride[1], window.dilation[1]);
  return {
    kind: "depthwise",
    weight,
    bias,
    bytes: elementCount(weightDims),
    pack: (weights, biases, path) =>
      packDepthwiseQ8({ ...shape, weights, ...(biases && { bias: biases }) }, quads ? path : undefined),
  };
}

/** The table of an activation on bytes. */
export function activationTable(
  layer: Extract<Layer, { kind: "activation" }>,
  bytes: ByteForm,
): Uint8Array<ArrayBuffer> {
  const [from] = bytes.inputs;
  if (!from || !bytes.output) throw new TypeError("a table needs bytes on both sides");
  return lookupTable(activationFunction(layer.activation), from, bytes.output);
}
