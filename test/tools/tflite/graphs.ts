/** Small files of every operator: what they compute was computed by LiteRT (expected.json, made by make-expected.py). */
import { elementCount } from "../../../tools/nhwc/graph.ts";
import { numbers } from "../nhwc/support.ts";
import type { FileSpec, OptionsSpec, TensorSpec } from "./writer.ts";

/** Fields of options by number; types of the union `BuiltinOptions`. */
type Fields = OptionsSpec["fields"];

const SAME = { int8: 0 };
const VALID = { int8: 1 };
const RELU6 = { int8: 3 };

/** Made numbers as a constant. */
function weight(name: string, shape: readonly number[], seed: number): TensorSpec {
  return { name, shape, data: numbers(shape, seed) };
}

function ints(name: string, ...values: readonly number[]): TensorSpec {
  return { name, shape: [values.length], type: "int32", data: Int32Array.from(values) };
}

function scalar(name: string, value: number): TensorSpec {
  return { ...ints(name, value), shape: [] };
}

function half(name: string, shape: readonly number[], seed: number): TensorSpec {
  return { name, shape, type: "float16", data: Float16Array.from(numbers(shape, seed)) };
}

/** A file of one operator: inputs `x` and the constants, output `y` of `shape`. */
function one(
  op: string,
  from: readonly number[],
  to: readonly number[],
  constants: readonly TensorSpec[] = [],
  options?: readonly [type: number, fields: Fields],
  order: readonly string[] = ["x", ...constants.map(({ name }) => name)],
): FileSpec {
  return {
    tensors: [{ name: "x", shape: from }, ...constants, { name: "y", shape: to }],
    operators: [
      {
        op,
        inputs: order,
        outputs: ["y"],
        ...(options && { options: { type: options[0], fields: options[1] } }),
      },
    ],
    inputs: ["x"],
    outputs: ["y"],
  };
}

const picture = [1, 7, 6, 4];
const int32 = (value: number) => ({ int32: value });
const bool = (value: boolean) => ({ bool: value });

/** Options of CONV_2D, DEPTHWISE_CONV_2D, pooling and TRANSPOSE_CONV. */
const conv = (padding: typeof SAME, stride: number, activation = { int8: 0 }, dilation = 1) =>
  [
    1,
    { 0: padding, 1: int32(stride), 2: int32(stride), 3: activation, 4: int32(dilation), 5: int32(dilation) },
  ] as const;
const depthwise = (padding: typeof SAME, stride: number, multiplier: number, activation = { int8: 0 }) =>
  [
    2,
    {
      0: padding,
      1: int32(stride),
      2: int32(stride),
      3: int32(multiplier),
      4: activation,
      5: int32(1),
      6: int32(1),
    },
  ] as const;
const pool = (padding: typeof SAME, stride: number, width: number, height: number) =>
  [
    5,
    {
      0: padding,
      1: int32(stride),
      2: int32(stride),
      3: int32(width),
      4: int32(height),
      5: { int8: 0 },
    },
  ] as const;

/** Of int8 weights `[O, 1, 1, I]`, by one scale, or one for each output. */
function quantized(scales: readonly number[], zeroPoints: readonly number[], axis: number): FileSpec {
  const shape = [3, 1, 1, 4];
  const data = Int8Array.from(numbers(shape, 30), (x) => Math.round(x * 60));
  const stored: TensorSpec = {
    name: "q",
    shape,
    type: "int8",
    data,
    quantization: { scales, zeroPoints, axis },
  };
  const file = one(
    "CONV_2D",
    picture,
    [1, 7, 6, 3],
    [{ name: "w", shape }, weight("b", [3], 31)],
    conv(SAME, 1),
  );
  return {
    ...file,
    tensors: [...file.tensors, stored],
    operators: [{ op: "DEQUANTIZE", inputs: ["q"], outputs: ["w"] }, ...file.operators],
  };
}

/** By name. */
export const GRAPHS: Readonly<Record<string, FileSpec>> = {
  "CONV_2D SAME": one(
    "CONV_2D",
    picture,
    [1, 4, 3, 5],
    [weight("w", [5, 3, 3, 4], 1), weight("b", [5], 2)],
    conv(SAME, 2),
  ),
  "CONV_2D VALID, RELU6": one(
    "CONV_2D",
    picture,
    [1, 5, 4, 5],
    [weight("w", [5, 3, 3, 4], 3), weight("b", [5], 4)],
    conv(VALID, 1, RELU6),
  ),
  "CONV_2D dilated": one(
    "CONV_2D",
    picture,
    picture,
    [weight("w", [4, 3, 3, 4], 5), weight("b", [4], 6)],
    conv(SAME, 1, { int8: 1 }, 2),
  ),
  "CONV_2D grouped": one(
    "CONV_2D",
    picture,
    [1, 7, 6, 6],
    [weight("w", [6, 1, 1, 2], 7), weight("b", [6], 8)],
    conv(SAME, 1),
  ),
  DEPTHWISE_CONV_2D: one(
    "DEPTHWISE_CONV_2D",
    picture,
    [1, 4, 3, 4],
    [weight("w", [1, 5, 5, 4], 9), weight("b", [4], 10)],
    depthwise(SAME, 2, 1, RELU6),
  ),
  "DEPTHWISE_CONV_2D multiplied": one(
    "DEPTHWISE_CONV_2D",
    picture,
    [1, 5, 4, 8],
    [weight("w", [1, 3, 3, 8], 11), weight("b", [8], 12)],
    depthwise(VALID, 1, 2),
  ),
  "TRANSPOSE_CONV SAME": one(
    "TRANSPOSE_CONV",
    picture,
    [1, 13, 12, 2],
    [ints("shape", 1, 13, 12, 2), weight("w", [2, 3, 3, 4], 13), weight("b", [2], 14)],
    [49, { 0: SAME, 1: int32(2), 2: int32(2), 3: { int8: 1 } }],
    ["shape", "w", "x", "b"],
  ),
  "TRANSPOSE_CONV VALID": one(
    "TRANSPOSE_CONV",
    picture,
    [1, 15, 14, 2],
    [ints("shape", 1, 15, 14, 2), weight("w", [2, 3, 3, 4], 15)],
    [49, { 0: VALID, 1: int32(2), 2: int32(2) }],
    ["shape", "w", "x"],
  ),
  FULLY_CONNECTED: one(
    "FULLY_CONNECTED",
    [2, 6],
    [2, 3],
    [weight("w", [3, 6], 16), weight("b", [3], 17)],
    [8, { 0: { int8: 1 } }],
  ),
  "FULLY_CONNECTED of a picture": one(
    "FULLY_CONNECTED",
    [1, 2, 3, 2],
    [1, 2],
    [weight("w", [2, 12], 18)],
    [8, { 0: { int8: 0 } }],
  ),
  "FULLY_CONNECTED keeping dimensions": one(
    "FULLY_CONNECTED",
    [1, 2, 3, 4],
    [1, 2, 3, 5],
    [weight("w", [5, 4], 19), weight("b", [5], 20)],
    [8, { 2: bool(true) }],
  ),
  MAX_POOL_2D: one("MAX_POOL_2D", picture, [1, 4, 3, 4], [], pool(SAME, 2, 3, 3)),
  AVERAGE_POOL_2D: one("AVERAGE_POOL_2D", picture, [1, 4, 3, 4], [], pool(SAME, 2, 2, 3)),
  "AVERAGE_POOL_2D of everything": one("AVERAGE_POOL_2D", picture, [1, 1, 1, 4], [], pool(VALID, 6, 6, 7)),
  "ADD RELU": one("ADD", picture, picture, [weight("c", [4], 21)], [11, { 0: { int8: 1 } }]),
  "SUB from a constant": one("SUB", picture, picture, [weight("c", [1, 7, 6, 1], 22)], [28, {}], ["c", "x"]),
  "MUL RELU_N1_TO_1": one("MUL", picture, picture, [weight("c", [], 23)], [21, { 0: { int8: 2 } }]),
  DIV: one("DIV", picture, picture, [{ name: "c", shape: [], data: Float32Array.of(3) }], [29, {}]),
  MAXIMUM: one("MAXIMUM", picture, picture, [weight("c", [4], 24)]),
  SQUARED_DIFFERENCE: one("SQUARED_DIFFERENCE", picture, picture, [weight("c", [6, 1], 25)]),
  HARD_SWISH: one("HARD_SWISH", picture, picture),
  LOGISTIC: one("LOGISTIC", picture, picture),
  TANH: one("TANH", picture, picture),
  RELU_N1_TO_1: one("RELU_N1_TO_1", picture, picture),
  LEAKY_RELU: one("LEAKY_RELU", picture, picture, [], [75, { 0: { float32: 0.3 } }]),
  PRELU: one("PRELU", picture, picture, [weight("s", [1, 1, 4], 26)]),
  ELU: one("ELU", picture, picture),
  SOFTMAX: one("SOFTMAX", picture, picture, [], [9, { 0: { float32: 1 } }]),
  MEAN: one("MEAN", picture, [1, 4], [ints("axes", 1, 2)], [27, { 0: bool(false) }]),
  "SUM of channels": one("SUM", picture, [1, 7, 6, 1], [ints("axes", -1)], [27, { 0: bool(true) }]),
  "REDUCE_MAX of rows": one("REDUCE_MAX", picture, [1, 6, 4], [ints("axes", 1)], [27, { 0: bool(false) }]),
  "RESHAPE by an input": one("RESHAPE", picture, [1, 84, 2], [ints("shape", 1, -1, 2)]),
  "RESHAPE by an option": one("RESHAPE", picture, [1, 168], [], [17, { 0: { ints: [1, 168] } }]),
  SQUEEZE: one("SQUEEZE", [1, 7, 1, 4], [1, 7, 4], [], [30, { 0: { ints: [2] } }]),
  EXPAND_DIMS: one("EXPAND_DIMS", [7, 6, 4], picture, [scalar("axis", 0)]),
  TRANSPOSE: one("TRANSPOSE", picture, [1, 4, 7, 6], [ints("perm", 0, 3, 1, 2)]),
  CONCATENATION: one(
    "CONCATENATION",
    picture,
    [1, 7, 6, 7],
    [weight("c", [1, 7, 6, 3], 27)],
    [10, { 0: int32(-1), 1: { int8: 0 } }],
  ),
  PACK: one("PACK", [7, 6], [7, 6, 2], [weight("c", [7, 6], 28)], [59, { 0: int32(2), 1: int32(2) }]),
  SLICE: one("SLICE", picture, [1, 4, 4, 3], [ints("begin", 0, 1, 2, 0), ints("size", 1, 4, -1, 3)]),
  STRIDED_SLICE: one(
    "STRIDED_SLICE",
    picture,
    [1, 2, 4],
    [ints("begin", 0, -2, 1), ints("end", 0, 0, -1), ints("steps", 1, 1, 2)],
    [32, { 0: int32(1), 1: int32(1), 2: int32(0), 3: int32(0), 4: int32(2) }],
  ),
  PAD: one("PAD", picture, [1, 10, 7, 4], [{ ...ints("pads", 0, 0, 1, 2, 0, 1, 0, 0), shape: [4, 2] }]),
  PADV2: one(
    "PADV2",
    picture,
    [1, 8, 7, 7],
    [
      { ...ints("pads", 0, 0, 1, 0, 0, 1, 0, 3), shape: [4, 2] },
      { name: "v", shape: [], data: Float32Array.of(2) },
    ],
  ),
  MIRROR_PAD: one(
    "MIRROR_PAD",
    picture,
    [1, 10, 9, 4],
    [{ ...ints("pads", 0, 0, 1, 2, 2, 1, 0, 0), shape: [4, 2] }],
    [77, { 0: { int8: 0 } }],
  ),
  "RESIZE_BILINEAR asymmetric": one(
    "RESIZE_BILINEAR",
    picture,
    [1, 14, 9, 4],
    [ints("size", 14, 9)],
    [15, { 2: bool(false), 3: bool(false) }],
  ),
  "RESIZE_BILINEAR half_pixel_centers": one(
    "RESIZE_BILINEAR",
    picture,
    [1, 14, 9, 4],
    [ints("size", 14, 9)],
    [15, { 2: bool(false), 3: bool(true) }],
  ),
  "RESIZE_BILINEAR align_corners": one(
    "RESIZE_BILINEAR",
    picture,
    [1, 11, 13, 4],
    [ints("size", 11, 13)],
    [15, { 2: bool(true), 3: bool(false) }],
  ),
  "RESIZE_NEAREST_NEIGHBOR asymmetric": one(
    "RESIZE_NEAREST_NEIGHBOR",
    picture,
    [1, 14, 5, 4],
    [ints("size", 14, 5)],
    [74, { 0: bool(false), 1: bool(false) }],
  ),
  "RESIZE_NEAREST_NEIGHBOR half_pixel_centers": one(
    "RESIZE_NEAREST_NEIGHBOR",
    picture,
    [1, 10, 5, 4],
    [ints("size", 10, 5)],
    [74, { 0: bool(false), 1: bool(true) }],
  ),
  "RESIZE_NEAREST_NEIGHBOR align_corners": one(
    "RESIZE_NEAREST_NEIGHBOR",
    picture,
    [1, 11, 4, 4],
    [ints("size", 11, 4)],
    [74, { 0: bool(true), 1: bool(false) }],
  ),
  DEPTH_TO_SPACE: one("DEPTH_TO_SPACE", picture, [1, 14, 12, 1], [], [94, { 0: int32(2) }]),
  SPACE_TO_DEPTH: one("SPACE_TO_DEPTH", [1, 6, 6, 4], [1, 2, 2, 36], [], [19, { 0: int32(3) }]),
  "SPLIT, and the second half": {
    tensors: [
      { name: "x", shape: picture },
      scalar("axis", 3),
      { name: "a", shape: [1, 7, 6, 2] },
      { name: "y", shape: [1, 7, 6, 2] },
    ],
    operators: [
      {
        op: "SPLIT",
        inputs: ["axis", "x"],
        outputs: ["a", "y"],
        options: { type: 35, fields: { 0: int32(2) } },
      },
    ],
    inputs: ["x"],
    outputs: ["y"],
  },
  "weights in half precision": {
    tensors: [
      { name: "x", shape: picture },
      half("h", [3, 1, 1, 4], 29),
      half("hb", [3], 29),
      { name: "w", shape: [3, 1, 1, 4] },
      { name: "b", shape: [3] },
      { name: "y", shape: [1, 7, 6, 3] },
    ],
    operators: [
      { op: "DEQUANTIZE", inputs: ["h"], outputs: ["w"] },
      { op: "DEQUANTIZE", inputs: ["hb"], outputs: ["b"] },
      {
        op: "CONV_2D",
        inputs: ["x", "w", "b"],
        outputs: ["y"],
        options: { type: 1, fields: conv(SAME, 1)[1] },
      },
    ],
    inputs: ["x"],
    outputs: ["y"],
  },
  "weights quantized by one scale": quantized([0.02], [3], 0),
  "weights quantized by channel": quantized([0.02, 0.05, 0.1], [0, 0, 0], 0),
};

/** The input of a file: numbers from -2 to 2. */
export function inputOf(file: FileSpec): { dims: readonly number[]; data: Float32Array } {
  const dims = file.tensors[0].shape;
  return { dims, data: numbers(dims, 0).subarray(0, elementCount(dims)) };
}
