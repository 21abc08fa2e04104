/**
 * Weights of layers that compute on bytes, in the form that the integer kernels read.
 *
 * @module
 */
import type { Constant, Constants } from "./constants.ts";
import { activationFunction } from "./host/activate.ts";
import type { ByteForm, Layer } from "./layers.ts";
import { convKind } from "./lower/window.ts";
import {
  addBiasQ8,
  packDepthwiseQ8,
  packMatrixQ8,
  type Q8Path,
  type QuantizedWeights,
} from "./packing/q8.ts";
import { lookupTable } from "./quantization.ts";
import { requantization } from "./requantization.ts";
import type { Slice } from "./slices.ts";

/** Makes the packed form of some outputs of a layer. */
export interface IntegerPacker {
  /** Packs weights, which are in ONNX's order. */
  pack(weights: Int8Array, bias: Int32Array | undefined, path: Q8Path): Uint8Array<ArrayBuffer>;
  /** Adds a bias that came after the weights; absent where it has to be there before. */
  addBias?(packed: Uint8Array, bias: Int32Array): void;
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
  return Float64Array.from({ length: outputs }, (_, c) => input * (scales[scales.length === 1 ? 0 : c] ?? 0));
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

/** Outputs of a layer. */
export function outputsOf(layer: WeightedLayer): number {
  return layer.kind === "gemm" ? layer.columns : layer.weightDims[outputAxis(layer)];
}

/** How the weights of some outputs of a layer on bytes are packed. */
export function createPacker(
  layer: WeightedLayer,
  bytes: ByteForm,
  constants: Constants,
  slice: Slice,
): IntegerPacker {
  const products = productScales(layer, bytes, constants)?.subarray(...slice) ?? new Float64Array();
  const known = requantization(layer.activation, bytes);
  if (!known) throw new TypeError("a layer without integer kernels is packed for them");
  const { output, unit } = known;
  // Rounded twice, as onnxruntime does it (qlinearconv.cc, `ComputeOutputScale`): a sum close to a tie goes the way that it goes there.
  const scales = Float32Array.from(products, (product) => Math.fround(product) / unit);
  const common = { outputs: products.length, scales, inputZero: bytes.inputs[0]?.zero ?? 0, output };
  const packer: IntegerPacker = {
    pack: (weights, bias, path) => packLayer(layer, weights, bias ? { ...common, bias } : common, path),
  };
  if (layer.kind !== "gemm") return packer;
  return { ...packer, addBias: (packed, bias) => addBiasQ8(packed, layer.rows, bias) };
}

type Common = Omit<QuantizedWeights, "inputs" | "taps" | "weights">;

function packLayer(
  layer: WeightedLayer,
  weights: Int8Array,
  common: Common,
  path: Q8Path,
): Uint8Array<ArrayBuffer> {
  switch (layer.kind) {
    case "stem": {
      // K is row, column, channel.
      const [, channels, height, width] = layer.weightDims;
      const taps = height * width;
      const unfolded = weights.map((_, at) => {
        const within = at % (taps * channels);
        return weights[at - within + (within % channels) * taps + Math.floor(within / channels)] ?? 0;
      });
      return packMatrixQ8({ ...common, inputs: taps * channels, taps: 1, weights: unfolded }, path);
    }
    case "conv": {
      const [, inputs, height, width] = layer.weightDims;
      const all = { ...common, inputs, taps: height * width, weights };
      return convKind(layer) === "depthwise"
        ? packDepthwiseQ8({ ...all, rows: height }, Math.max(...layer.window.stride) === 1 ? path : undefined)
        : packMatrixQ8(all, path);
    }
    case "convTranspose":
      return packTransposed(layer.weightDims[0], weights, common, path);
    case "gemm": {
      const { rows, columns, transposed } = layer;
      const matrix = transposed
        ? weights
        : weights.map((_, at) => weights[(at % rows) * columns + Math.floor(at / rows)] ?? 0);
      return packMatrixQ8({ ...common, inputs: rows, taps: 1, weights: matrix }, path);
    }
  }
}

/** Four matrices of one size, one a tap, from `[inputs][outputs][2][2]`. */
function packTransposed(
  inputs: number,
  weights: Int8Array,
  common: Common,
  path: Q8Path,
): Uint8Array<ArrayBuffer> {
  const { outputs } = common;
  const matrices = [0, 1, 2, 3].map((tap) => {
    const matrix = Int8Array.from(
      { length: outputs * inputs },
      (_, at) => weights[((at % inputs) * outputs + Math.floor(at / inputs)) * 4 + tap] ?? 0,
    );
    return packMatrixQ8({ ...common, inputs, taps: 1, weights: matrix }, path);
  });
  // Vectors of 16 bytes are read.
  const size = Math.ceil(Math.max(...matrices.map(({ length }) => length)) / 16) * 16;
  const whole = new Uint8Array(4 * size);
  for (const [tap, matrix] of matrices.entries()) whole.set(matrix, tap * size);
  return whole;
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
