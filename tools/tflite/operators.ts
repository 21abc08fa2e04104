/**
 * TensorFlow Lite's operators, as the network's.
 *
 * Their definitions: tensorflow/lite/kernels. Field numbers of options: see schema.ts.
 *
 * @module
 */
import { nodeError } from "../nhwc/errors.ts";
import type { BinaryFunction, ReduceNode, UnaryFunction } from "../nhwc/graph.ts";
import { RELU6 } from "../nhwc/operations/activate.ts";
import {
  addAll,
  binary,
  prelu,
  product,
  reciprocalSquareRoot,
  reduce,
  softmax,
  squaredDifference,
  unary,
} from "../nhwc/operations/arithmetic.ts";
import { slice, split, stridedSlice, unpack } from "../nhwc/operations/slicing.ts";
import {
  concat,
  depthSpace,
  expandDims,
  fill,
  gather,
  pack,
  pad,
  pairs,
  reshape,
  resize,
  shapeTensor,
  spaceBatch,
  squeeze,
  transpose,
} from "../nhwc/operations/structure.ts";
import type { Term } from "../nhwc/terms.ts";
import { wantInts, wantKnown, wantNumber, wantTerm } from "../nhwc/terms.ts";
import type { Operation, Translator } from "./operation.ts";
import { boolOption, intOption, withActivation } from "./operation.ts";
import {
  convolution,
  depthwise,
  fullyConnected,
  pooling,
  transposedConvolution,
  transposedConvolutionWithBias,
} from "./windows.ts";

/** Translators by operator. */
export const OPERATORS: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  // Constants are decoded to floats, and activations are floats throughout: these change nothing.
  ["DEQUANTIZE", ({ inputs: [x], ...scope }) => wantTerm(scope, x, "input")],
  ["QUANTIZE", ({ inputs: [x], ...scope }) => wantTerm(scope, x, "input")],

  ["CONV_2D", convolution],
  ["DEPTHWISE_CONV_2D", depthwise],
  ["TRANSPOSE_CONV", transposedConvolution],
  ["CUSTOM:Convolution2DTransposeBias", transposedConvolutionWithBias],
  ["FULLY_CONNECTED", fullyConnected],
  ["MAX_POOL_2D", pooling("max")],
  ["AVERAGE_POOL_2D", pooling("average")],

  ...fusedBinaries({ ADD: "add", SUB: "sub", MUL: "mul", DIV: "div" }),
  ...binaries({ MAXIMUM: "max", MINIMUM: "min", POW: "pow" }),
  ["FLOOR_DIV", ({ inputs: [a, b], ...scope }) => binary(scope, "floor_div", a, b)],
  ["FLOOR_MOD", ({ inputs: [a, b], ...scope }) => binary(scope, "mod", a, b)],
  ["ADD_N", (operation) => addAll(operation, given(operation))],
  ["SQUARED_DIFFERENCE", ({ inputs: [a, b], ...scope }) => squaredDifference(scope, a, b)],

  ...unaries({
    RELU: { kind: "relu" },
    RELU6,
    RELU_N1_TO_1: { kind: "clip", min: -1, max: 1 },
    RELU_0_TO_1: { kind: "clip", min: 0, max: 1 },
    HARD_SWISH: { kind: "hard_swish" },
    LOGISTIC: { kind: "sigmoid" },
    TANH: { kind: "tanh" },
    ELU: { kind: "elu", alpha: 1 },
    EXP: { kind: "exp" },
    LOG: { kind: "log" },
    SQRT: { kind: "sqrt" },
    ABS: { kind: "abs" },
    NEG: { kind: "neg" },
  }),
  ["RSQRT", ({ inputs: [x], ...scope }) => reciprocalSquareRoot(scope, x)],
  ["SQUARE", ({ inputs: [x], ...scope }) => binary(scope, "mul", x, x)],
  ["LEAKY_RELU", leakyRelu],
  ["PRELU", ({ inputs: [x, slope], ...scope }) => prelu(scope, x, slope)],
  ["SOFTMAX", softmaxOf],
  ...reductions({ MEAN: "mean", REDUCE_MAX: "max", REDUCE_MIN: "min", SUM: "sum" }),
  ["REDUCE_PROD", (operation) => product(wantKnown(operation, operation.inputs[0], "input"))],

  ["RESHAPE", reshaped],
  ["SQUEEZE", (operation) => squeeze(operation, operation.inputs[0], operation.options?.ints(0) ?? [])],
  ["EXPAND_DIMS", ({ inputs: [x, axis], ...scope }) => expandDims(scope, x, wantNumber(scope, axis, "axis"))],
  ["TRANSPOSE", ({ inputs: [x, perm], ...scope }) => transpose(scope, x, wantInts(scope, perm, "order"))],
  ["CONCATENATION", concatenation],
  ["PACK", (operation) => pack(operation, given(operation), intOption(operation, 1))],
  ["UNPACK", (operation) => unpack(operation, operation.inputs[0], intOption(operation, 1))],
  ["SPLIT", splitEqually],
  ["SPLIT_V", splitSizes],
  ["SLICE", sliced],
  ["STRIDED_SLICE", stridedSliced],
  ["SHAPE", ({ inputs: [x], ...scope }) => shapeTensor(scope, x)],
  ["FILL", filled],
  ["GATHER", gathered],
  ["PAD", padded],
  ["PADV2", padded],
  ["MIRROR_PAD", mirrored],
  ["RESIZE_BILINEAR", resized("linear", 2)],
  ["RESIZE_NEAREST_NEIGHBOR", resized("nearest", 0)],
  ["DEPTH_TO_SPACE", blocks("depth_to_space")],
  ["SPACE_TO_DEPTH", blocks("space_to_depth")],
  ["SPACE_TO_BATCH_ND", batches("space_to_batch")],
  ["BATCH_TO_SPACE_ND", batches("batch_to_space")],
]);

function given(operation: Operation): Term[] {
  return operation.inputs.map((term) => wantTerm(operation, term, "input"));
}

function fusedBinaries(functions: Record<string, BinaryFunction>): [string, Translator][] {
  return Object.entries(functions).map(([name, fn]) => [
    name,
    (operation) =>
      withActivation(operation, 0, (scope) => binary(scope, fn, operation.inputs[0], operation.inputs[1])),
  ]);
}

function binaries(functions: Record<string, BinaryFunction>): [string, Translator][] {
  return Object.entries(functions).map(([name, fn]) => [
    name,
    ({ inputs: [a, b], ...scope }) => binary(scope, fn, a, b),
  ]);
}

function unaries(functions: Record<string, UnaryFunction>): [string, Translator][] {
  return Object.entries(functions).map(([name, fn]) => [
    name,
    ({ inputs: [x], ...scope }) => unary(scope, fn, x),
  ]);
}

function reductions(functions: Record<string, ReduceNode["fn"]>): [string, Translator][] {
  return Object.entries(functions).map(([name, fn]) => [
    name,
    (operation) => {
      const [x, axes] = operation.inputs;
      return reduce(operation, fn, x, wantInts(operation, axes, "axes"), boolOption(operation, 0));
    },
  ]);
}

function leakyRelu(operation: Operation): Term {
  const alpha = operation.options?.float32(0, 0) ?? 0;
  return unary(operation, { kind: "leaky_relu", alpha }, operation.inputs[0]);
}

function softmaxOf(operation: Operation): Term {
  const [x] = operation.inputs;
  const beta = operation.options?.float32(0, 0) ?? 1;
  if (beta !== 1) throw nodeError("unsupported", operation.where, `beta ${beta}: only 1 is supported`);
  return softmax(operation, x);
}

function reshaped(operation: Operation): Term {
  const [x, shape] = operation.inputs;
  // The shape is an input in newer files, an option in older ones.
  const wanted = shape ? wantInts(operation, shape, "shape") : operation.options?.ints(0);
  if (!wanted) throw nodeError("malformed", operation.where, "its shape is missing");
  return reshape(operation, x, wanted);
}

function concatenation(operation: Operation): Term {
  return withActivation(operation, 1, (scope) => concat(scope, given(operation), intOption(operation, 0)));
}

function splitEqually(operation: Operation): Term[] {
  const [axis, x] = operation.inputs;
  return split(operation, x, wantNumber(operation, axis, "axis"), intOption(operation, 0));
}

function splitSizes({ inputs: [x, sizes, axis], ...scope }: Operation): Term[] {
  return split(scope, x, wantNumber(scope, axis, "axis"), wantInts(scope, sizes, "sizes"));
}

function sliced({ inputs: [x, begin, size], ...scope }: Operation): Term {
  return slice(scope, x, wantInts(scope, begin, "begin"), wantInts(scope, size, "size"));
}

function stridedSliced(operation: Operation): Term {
  const [x, begin, end, strides] = operation.inputs;
  if (boolOption(operation, 5))
    throw nodeError("unsupported", operation.where, "ends as offsets are not supported");
  return stridedSlice(
    operation,
    x,
    wantInts(operation, begin, "begin"),
    wantInts(operation, end, "end"),
    wantInts(operation, strides, "strides"),
    {
      begin: intOption(operation, 0),
      end: intOption(operation, 1),
      ellipsis: intOption(operation, 2),
      newAxis: intOption(operation, 3),
      shrinkAxis: intOption(operation, 4),
    },
  );
}

function filled({ inputs: [dims, content], ...scope }: Operation): Term {
  return fill(scope, wantInts(scope, dims, "dimensions"), wantKnown(scope, content, "value"));
}

function gathered(operation: Operation): Term {
  const [x, indices] = operation.inputs;
  if (intOption(operation, 0) !== 0) {
    throw nodeError("unsupported", operation.where, "elements can be gathered along the first axis only");
  }
  return gather(operation, x, wantKnown(operation, indices, "indices"));
}

function padded({ inputs: [x, pads, content], ...scope }: Operation): Term {
  const value = content ? wantNumber(scope, content, "value") : 0;
  return pad(scope, x, pairs(scope, wantInts(scope, pads, "paddings")), "constant", value);
}

function mirrored(operation: Operation): Term {
  const [x, pads] = operation.inputs;
  // MirrorPadMode: 0 is REFLECT, 1 SYMMETRIC.
  if (operation.options?.int8(0, 0)) {
    throw nodeError("unsupported", operation.where, "mode SYMMETRIC: only REFLECT is supported");
  }
  return pad(operation, x, pairs(operation, wantInts(operation, pads, "paddings")), "reflect");
}

/** `field` is that of `align_corners`; `half_pixel_centers` follows it. */
function resized(mode: "linear" | "nearest", field: number): Translator {
  return (operation) => {
    const [x, size] = operation.inputs;
    return resize(operation, x, mode, wantInts(operation, size, "size"), {
      alignCorners: boolOption(operation, field),
      halfPixelCenters: boolOption(operation, field + 1),
    });
  };
}

function blocks(op: "depth_to_space" | "space_to_depth"): Translator {
  return (operation) => depthSpace(operation, op, operation.inputs[0], intOption(operation, 0));
}

function batches(op: "space_to_batch" | "batch_to_space"): Translator {
  return ({ inputs: [x, block, pads], ...scope }) =>
    spaceBatch(scope, op, x, wantInts(scope, block, "block"), wantInts(scope, pads, "paddings"));
}
