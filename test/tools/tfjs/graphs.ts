/** Small graphs of every operator: what they compute was computed by TensorFlow.js (expected.json, made by make-expected.ts). */
import { numbers } from "../nhwc/support.ts";
import type { GraphModel, GraphNode, StoredWeight } from "./support.ts";
import { attribute as a, floats, int, ints, placeholder } from "./support.ts";

/** A graph on one input `x` whose output is `y` (and `y:1`, … where there are several). */
export interface SmallGraph extends GraphModel {
  readonly shape: readonly number[];
}

/** Weights of made numbers. */
function weight(shape: readonly number[], seed: number): StoredWeight {
  return floats(shape, numbers(shape, seed));
}

/** A graph of one operator `y`; its inputs are `x` and the weights, in their order. */
function one(
  op: string,
  shape: readonly number[],
  weights: Readonly<Record<string, StoredWeight>> = {},
  attr: GraphNode["attr"] = {},
  input: readonly string[] = ["x", ...Object.keys(weights)],
  outputs: readonly string[] = ["y"],
): SmallGraph {
  return { shape, weights, nodes: [placeholder("x", shape), { name: "y", op, input, attr }], outputs };
}

/** Strides of rows and columns. TensorFlow.js wants dilations even where there are none. */
const strides = (n: number) => ({ strides: a.ints(1, n, n, 1), dilations: a.ints(1, 1, 1, 1) });
const same = { padding: a.text("SAME") };
const valid = { padding: a.text("VALID") };
const picture = [1, 7, 6, 4];
const f32 = { T: a.type("DT_FLOAT") };

/** By name. */
export const GRAPHS: Readonly<Record<string, SmallGraph>> = {
  "Conv2D SAME": one("Conv2D", picture, { w: weight([3, 3, 4, 5], 1) }, { ...f32, ...strides(2), ...same }),
  "Conv2D VALID, dilated": one(
    "Conv2D",
    picture,
    { w: weight([2, 3, 4, 5], 2) },
    { ...f32, ...strides(1), ...valid, dilations: a.ints(1, 2, 2, 1) },
  ),
  "Conv2D EXPLICIT": one(
    "Conv2D",
    picture,
    { w: weight([3, 3, 4, 2], 3) },
    { ...f32, ...strides(1), padding: a.text("EXPLICIT"), explicit_paddings: a.ints(0, 0, 1, 2, 0, 1, 0, 0) },
  ),
  "_FusedConv2D BiasAdd Relu6": one(
    "_FusedConv2D",
    picture,
    { w: weight([1, 1, 4, 3], 4), b: weight([3], 5) },
    { ...f32, ...strides(1), ...same, fused_ops: a.texts("BiasAdd", "Relu6"), num_args: a.int(1) },
  ),
  "_FusedConv2D BiasAdd Prelu": one(
    "_FusedConv2D",
    picture,
    { w: weight([1, 1, 4, 3], 6), b: weight([3], 7), s: weight([1, 1, 3], 8) },
    { ...f32, ...strides(1), ...same, fused_ops: a.texts("BiasAdd", "Prelu"), num_args: a.int(2) },
  ),
  DepthwiseConv2dNative: one(
    "DepthwiseConv2dNative",
    picture,
    { w: weight([3, 3, 4, 2], 9) },
    { ...f32, ...strides(2), ...same },
  ),
  FusedDepthwiseConv2dNative: one(
    "FusedDepthwiseConv2dNative",
    picture,
    { w: weight([5, 5, 4, 1], 10), b: weight([4], 11) },
    { ...f32, ...strides(2), ...same, fused_ops: a.texts("BiasAdd", "Relu"), num_args: a.int(1) },
  ),
  "Conv2DBackpropInput SAME": one(
    "Conv2DBackpropInput",
    picture,
    { shape: ints(1, 13, 12, 2), w: weight([3, 3, 2, 4], 12) },
    { ...f32, ...strides(2), ...same },
    ["shape", "w", "x"],
  ),
  "Conv2DBackpropInput VALID": one(
    "Conv2DBackpropInput",
    picture,
    { shape: ints(1, 15, 14, 2), w: weight([3, 3, 2, 4], 13) },
    { ...f32, ...strides(2), ...valid },
    ["shape", "w", "x"],
  ),
  MatMul: one("MatMul", [3, 4], { w: weight([4, 5], 14) }, { ...f32 }),
  "_FusedMatMul BiasAdd Relu": one(
    "_FusedMatMul",
    [3, 4],
    { w: weight([5, 4], 15), b: weight([5], 16) },
    { ...f32, transpose_b: a.bool(true), fused_ops: a.texts("BiasAdd", "Relu"), num_args: a.int(1) },
  ),
  FusedBatchNormV3: one(
    "FusedBatchNormV3",
    picture,
    {
      scale: weight([4], 17),
      offset: weight([4], 18),
      mean: weight([4], 19),
      variance: floats([4], [0.5, 1, 2, 3]),
    },
    { ...f32, epsilon: a.float(0.001), is_training: a.bool(false) },
  ),
  "MaxPool SAME": one("MaxPool", picture, {}, { ...f32, ...strides(2), ...same, ksize: a.ints(1, 3, 3, 1) }),
  "AvgPool SAME": one("AvgPool", picture, {}, { ...f32, ...strides(2), ...same, ksize: a.ints(1, 3, 2, 1) }),
  "Mean of the picture": one("Mean", picture, { axes: ints(1, 2) }, { ...f32, keep_dims: a.bool(false) }),
  "Max of channels": one("Max", picture, { axes: ints(-1) }, { ...f32, keep_dims: a.bool(true) }),
  "Sum of rows": one("Sum", picture, { axes: ints(1) }, { ...f32, keep_dims: a.bool(false) }),
  "Sub from a constant": one("Sub", picture, { c: weight([4], 20) }, f32, ["c", "x"]),
  RealDiv: one("RealDiv", picture, { c: floats([], [3]) }, f32),
  SquaredDifference: one("SquaredDifference", picture, { c: weight([6, 1], 21) }, f32),
  AddN: one("AddN", picture, { c: weight(picture, 22) }, { ...f32, N: a.int(2) }),
  LeakyRelu: one("LeakyRelu", picture, {}, { ...f32, alpha: a.float(0.3) }),
  Prelu: one("Prelu", picture, { s: weight([1, 1, 4], 23) }, f32),
  Elu: one("Elu", picture, {}, f32),
  Rsqrt: {
    shape: picture,
    weights: { c: floats([], [9]) },
    nodes: [
      placeholder("x", picture),
      { name: "shifted", op: "AddV2", input: ["x", "c"], attr: f32 },
      { name: "y", op: "Rsqrt", input: ["shifted"], attr: f32 },
    ],
    outputs: ["y"],
  },
  ClipByValue: one("ClipByValue", picture, { low: floats([], [-0.5]), high: floats([], [1]) }, f32),
  Softmax: one("Softmax", picture, {}, f32),
  "ResizeBilinear asymmetric": one("ResizeBilinear", picture, { size: ints(14, 9) }, f32),
  "ResizeBilinear half_pixel_centers": one(
    "ResizeBilinear",
    picture,
    { size: ints(14, 9) },
    { ...f32, half_pixel_centers: a.bool(true) },
  ),
  "ResizeBilinear align_corners": one(
    "ResizeBilinear",
    picture,
    { size: ints(11, 13) },
    { ...f32, align_corners: a.bool(true) },
  ),
  "ResizeNearestNeighbor asymmetric": one("ResizeNearestNeighbor", picture, { size: ints(14, 5) }, f32),
  "ResizeNearestNeighbor half_pixel_centers": one(
    "ResizeNearestNeighbor",
    picture,
    { size: ints(10, 5) },
    { ...f32, half_pixel_centers: a.bool(true) },
  ),
  "ResizeNearestNeighbor align_corners": one(
    "ResizeNearestNeighbor",
    picture,
    { size: ints(11, 4) },
    { ...f32, align_corners: a.bool(true) },
  ),
  ConcatV2: one(
    "ConcatV2",
    picture,
    { c: weight([1, 7, 6, 2], 24), axis: int(-1) },
    { ...f32, N: a.int(2), Tidx: a.type("DT_INT32") },
  ),
  Pad: one("Pad", picture, { pads: { ...ints(0, 0, 1, 2, 0, 1, 0, 0), shape: [4, 2] } }, f32),
  PadV2: one(
    "PadV2",
    picture,
    { pads: { ...ints(0, 0, 1, 0, 0, 1, 0, 3), shape: [4, 2] }, value: floats([], [2]) },
    f32,
  ),
  MirrorPad: one(
    "MirrorPad",
    picture,
    { pads: { ...ints(0, 0, 1, 2, 2, 1, 0, 0), shape: [4, 2] } },
    { ...f32, mode: a.text("REFLECT") },
  ),
  "Reshape to rows": one("Reshape", picture, { shape: ints(1, -1, 2) }, f32),
  "Reshape of pixels": one("Reshape", picture, { shape: ints(1, 6, 7, 4) }, f32),
  Squeeze: one("Squeeze", [1, 7, 1, 4], {}, { ...f32, squeeze_dims: a.ints(2) }),
  ExpandDims: one("ExpandDims", [7, 6, 4], { axis: int(0) }, f32),
  Transpose: one("Transpose", picture, { perm: ints(0, 2, 3, 1) }, f32),
  Slice: one("Slice", picture, { begin: ints(0, 1, 2, 0), size: ints(1, 4, -1, 3) }, f32),
  StridedSlice: one(
    "StridedSlice",
    picture,
    { begin: ints(0, 5, 1), end: ints(0, 6, -1), steps: ints(1, 1, 1) },
    { ...f32, begin_mask: a.int(1), end_mask: a.int(1), shrink_axis_mask: a.int(2) },
  ),
  "StridedSlice of every second": one(
    "StridedSlice",
    picture,
    { begin: ints(0, 1, 0), end: ints(1, 7, 6), steps: ints(1, 2, 3) },
    f32,
  ),
  "StridedSlice with an ellipsis and a new axis": one(
    "StridedSlice",
    picture,
    { begin: ints(0, 0, 1), end: ints(0, 0, 3), steps: ints(1, 1, 1) },
    { ...f32, ellipsis_mask: a.int(1), new_axis_mask: a.int(2) },
  ),
  "Split, Unpack, Pack": {
    shape: picture,
    weights: { axis: int(3) },
    nodes: [
      placeholder("x", picture),
      { name: "halves", op: "Split", input: ["axis", "x"], attr: { ...f32, num_split: a.int(2) } },
      { name: "rows", op: "Unpack", input: ["halves:1"], attr: { ...f32, axis: a.int(1), num: a.int(7) } },
      { name: "y", op: "Pack", input: ["rows:3", "rows"], attr: { ...f32, axis: a.int(-1), N: a.int(2) } },
    ],
    outputs: ["y"],
  },
  DepthToSpace: one(
    "DepthToSpace",
    picture,
    {},
    { ...f32, block_size: a.int(2), data_format: a.text("NHWC") },
  ),
  "SpaceToBatchND and back": {
    shape: picture,
    weights: {
      block: ints(2, 2),
      pads: { ...ints(2, 3, 2, 2), shape: [2, 2] },
      crops: { ...ints(0, 1, 0, 0), shape: [2, 2] },
      w: weight([3, 3, 4, 2], 25),
    },
    nodes: [
      placeholder("x", picture),
      { name: "spread", op: "SpaceToBatchND", input: ["x", "block", "pads"], attr: f32 },
      { name: "conv", op: "Conv2D", input: ["spread", "w"], attr: { ...f32, ...strides(1), ...valid } },
      { name: "y", op: "BatchToSpaceND", input: ["conv", "block", "crops"], attr: f32 },
    ],
    outputs: ["y"],
  },
  "shapes computed in the graph": {
    shape: picture,
    weights: { zero: ints(0), one: ints(1), three: ints(3), rest: int(-1), axis: int(0) },
    nodes: [
      placeholder("x", picture),
      { name: "shape", op: "Shape", input: ["x"], attr: { ...f32, out_type: a.type("DT_INT32") } },
      {
        name: "batch",
        op: "StridedSlice",
        input: ["shape", "zero", "one", "one"],
        attr: { T: a.type("DT_INT32"), shrink_axis_mask: a.int(1) },
      },
      { name: "size", op: "Slice", input: ["shape", "one", "three"], attr: { T: a.type("DT_INT32") } },
      {
        name: "count",
        op: "Prod",
        input: ["size", "axis"],
        attr: { T: a.type("DT_INT32"), keep_dims: a.bool(false) },
      },
      { name: "wanted", op: "Pack", input: ["batch", "count"], attr: { T: a.type("DT_INT32"), N: a.int(2) } },
      { name: "y", op: "Reshape", input: ["x", "wanted"], attr: { ...f32 } },
    ],
    outputs: ["y"],
  },
};
