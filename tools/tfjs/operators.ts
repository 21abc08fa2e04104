/**
 * TensorFlow's operators, as the network's.
 *
 * Their definitions: tensorflow/core/ops/*.cc; fused ones: tfjs-converter/src/operations/op_list.
 *
 * @module
 */
import { nodeError } from "../nhwc/errors.ts";
import { evaluateCast } from "../nhwc/evaluate.ts";
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
import { requireChannelsLast } from "./operation.ts";
import {
  batchNorm,
  biasAdd,
  convolution,
  depthwise,
  matrixProduct,
  pooling,
  transposedConvolution,
} from "./windows.ts";

/** Translators by operator. */
export const OPERATORS: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  ...passed(
    "Identity",
    "StopGradient",
    "PreventGradient",
    "Snapshot",
    "CheckNumerics",
    "PlaceholderWithDefault",
  ),
  ["Cast", cast],

  ["Conv2D", convolution],
  ["_FusedConv2D", convolution],
  ["DepthwiseConv2dNative", depthwise],
  ["DepthwiseConv2d", depthwise],
  ["FusedDepthwiseConv2dNative", depthwise],
  ["Conv2DBackpropInput", transposedConvolution],
  ["MatMul", matrixProduct],
  ["_FusedMatMul", matrixProduct],
  ["BiasAdd", biasAdd],
  ["FusedBatchNorm", batchNorm],
  ["FusedBatchNormV2", batchNorm],
  ["FusedBatchNormV3", batchNorm],
  ["MaxPool", pooling("max")],
  ["AvgPool", pooling("average")],

  ...binaries({
    Add: "add",
    AddV2: "add",
    Sub: "sub",
    Mul: "mul",
    RealDiv: "div",
    Div: "div",
    Maximum: "max",
    Minimum: "min",
    Pow: "pow",
  }),
  ["FloorDiv", ({ inputs: [a, b], ...scope }) => binary(scope, "floor_div", a, b)],
  ["FloorMod", ({ inputs: [a, b], ...scope }) => binary(scope, "mod", a, b)],
  ["AddN", (operation) => addAll(operation, operation.inputs)],
  ["SquaredDifference", ({ inputs: [a, b], ...scope }) => squaredDifference(scope, a, b)],

  ...unaries({
    Relu: { kind: "relu" },
    Relu6: RELU6,
    Sigmoid: { kind: "sigmoid" },
    Tanh: { kind: "tanh" },
    Softplus: { kind: "softplus" },
    Elu: { kind: "elu", alpha: 1 },
    Exp: { kind: "exp" },
    Log: { kind: "log" },
    Sqrt: { kind: "sqrt" },
    Abs: { kind: "abs" },
    Neg: { kind: "neg" },
    Reciprocal: { kind: "reciprocal" },
    Inv: { kind: "reciprocal" },
  }),
  ["Rsqrt", ({ inputs: [x], ...scope }) => reciprocalSquareRoot(scope, x)],
  ["Square", ({ inputs: [x], ...scope }) => binary(scope, "mul", x, x)],
  ["LeakyRelu", leakyRelu],
  ["Prelu", ({ inputs: [x, slope], ...scope }) => prelu(scope, x, slope)],
  ["ClipByValue", clip],
  ["Softmax", ({ inputs: [x], ...scope }) => softmax(scope, x)],
  ...reductions({ Mean: "mean", Max: "max", Min: "min", Sum: "sum" }),
  ["Prod", (operation) => product(wantKnown(operation, operation.inputs[0], "input"))],

  ["Reshape", ({ inputs: [x, shape], ...scope }) => reshape(scope, x, wantInts(scope, shape, "shape"))],
  ["Squeeze", squeezed],
  ["ExpandDims", ({ inputs: [x, axis], ...scope }) => expandDims(scope, x, wantNumber(scope, axis, "axis"))],
  ["Transpose", ({ inputs: [x, perm], ...scope }) => transpose(scope, x, wantInts(scope, perm, "order"))],
  ["ConcatV2", concatenation],
  ["Pack", (operation) => pack(operation, operation.inputs, operation.attributes.int("axis", 0))],
  ["Unpack", (operation) => unpack(operation, operation.inputs[0], operation.attributes.int("axis", 0))],
  ["Split", splitEqually],
  ["SplitV", splitSizes],
  ["Slice", sliced],
  ["StridedSlice", stridedSliced],
  ["Shape", ({ inputs: [x], ...scope }) => shapeTensor(scope, x)],
  ["Fill", filled],
  ["GatherV2", gathered],
  ["Pad", padded],
  ["PadV2", padded],
  ["MirrorPad", mirrored],
  ["ResizeBilinear", resized("linear")],
  ["ResizeNearestNeighbor", resized("nearest")],
  ["DepthToSpace", blocks("depth_to_space")],
  ["SpaceToDepth", blocks("space_to_depth")],
  ["SpaceToBatchND", batches("space_to_batch")],
  ["BatchToSpaceND", batches("batch_to_space")],
]);

function passed(...names: string[]): [string, Translator][] {
  return names.map((name) => [name, (operation) => wantTerm(operation, operation.inputs[0], "input")]);
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
    ({ inputs: [x, axes], attributes, ...scope }) =>
      reduce(scope, fn, x, wantInts(scope, axes, "axes"), attributes.bool("keep_dims", false)),
  ]);
}

/** Every value is a float here: only what is known can become an integer. */
function cast({ inputs: [x], attributes, where, network }: Operation): Term {
  const scope = { where, network };
  const to = attributes.type("DstT");
  const float = to === "DT_FLOAT" || to === "DT_HALF";
  const input = wantTerm(scope, x, "input");
  if (input.kind === "known") return evaluateCast(scope, input, float ? "float" : "int");
  if (float) return input;
  throw nodeError("unsupported", where, `only constants can be cast to ${to}`);
}

function leakyRelu({ inputs: [x], attributes, ...scope }: Operation): Term {
  // The default of TensorFlow's operator: tensorflow/core/ops/nn_ops.cc.
  return unary(scope, { kind: "leaky_relu", alpha: attributes.float("alpha", 0.2) }, x);
}

function clip({ inputs: [x, low, high], ...scope }: Operation): Term {
  const [min, max] = [wantNumber(scope, low, "lower bound"), wantNumber(scope, high, "upper bound")];
  return unary(scope, { kind: "clip", min, max }, x);
}

function squeezed({ inputs: [x], attributes, ...scope }: Operation): Term {
  // An older name of the attribute; both are in use.
  const axes = attributes.ints("squeeze_dims", attributes.ints("axis", []));
  return squeeze(scope, x, axes);
}

function concatenation({ inputs, ...scope }: Operation): Term {
  return concat(scope, inputs.slice(0, -1), wantNumber(scope, inputs.at(-1), "axis"));
}

function splitEqually({ inputs: [axis, x], attributes, ...scope }: Operation): Term[] {
  return split(scope, x, wantNumber(scope, axis, "axis"), attributes.int("num_split"));
}

function splitSizes({ inputs: [x, sizes, axis], ...scope }: Operation): Term[] {
  return split(scope, x, wantNumber(scope, axis, "axis"), wantInts(scope, sizes, "sizes"));
}

function sliced({ inputs: [x, begin, size], ...scope }: Operation): Term {
  return slice(scope, x, wantInts(scope, begin, "begin"), wantInts(scope, size, "size"));
}

function stridedSliced({ inputs: [x, begin, end, strides], attributes, ...scope }: Operation): Term {
  return stridedSlice(
    scope,
    x,
    wantInts(scope, begin, "begin"),
    wantInts(scope, end, "end"),
    wantInts(scope, strides, "strides"),
    {
      begin: attributes.int("begin_mask", 0),
      end: attributes.int("end_mask", 0),
      ellipsis: attributes.int("ellipsis_mask", 0),
      newAxis: attributes.int("new_axis_mask", 0),
      shrinkAxis: attributes.int("shrink_axis_mask", 0),
    },
  );
}

function filled({ inputs: [dims, content], ...scope }: Operation): Term {
  return fill(scope, wantInts(scope, dims, "dimensions"), wantKnown(scope, content, "value"));
}

function gathered({ inputs: [x, indices, axis], ...scope }: Operation): Term {
  if (wantNumber(scope, axis, "axis") !== 0) {
    throw nodeError("unsupported", scope.where, "elements can be gathered along the first axis only");
  }
  return gather(scope, x, wantKnown(scope, indices, "indices"));
}

function padded({ inputs: [x, pads, content], ...scope }: Operation): Term {
  const value = content ? wantNumber(scope, content, "value") : 0;
  return pad(scope, x, pairs(scope, wantInts(scope, pads, "paddings")), "constant", value);
}

function mirrored({ inputs: [x, pads], attributes, ...scope }: Operation): Term {
  if (attributes.text("mode") !== "REFLECT") {
    throw nodeError("unsupported", scope.where, `mode ${attributes.text("mode")}: only REFLECT is supported`);
  }
  return pad(scope, x, pairs(scope, wantInts(scope, pads, "paddings")), "reflect");
}

function resized(mode: "linear" | "nearest"): Translator {
  return ({ inputs: [x, size], attributes, ...scope }) =>
    resize(scope, x, mode, wantInts(scope, size, "size"), {
      alignCorners: attributes.bool("align_corners", false),
      halfPixelCenters: attributes.bool("half_pixel_centers", false),
    });
}

function blocks(op: "depth_to_space" | "space_to_depth"): Translator {
  return ({ inputs: [x], attributes, ...scope }) => {
    requireChannelsLast(scope, attributes);
    return depthSpace(scope, op, x, attributes.int("block_size"));
  };
}

function batches(op: "space_to_batch" | "batch_to_space"): Translator {
  return ({ inputs: [x, block, pads], ...scope }) =>
    spaceBatch(scope, op, x, wantInts(scope, block, "block"), wantInts(scope, pads, "paddings"));
}
