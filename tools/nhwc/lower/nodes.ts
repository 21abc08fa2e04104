/**
 * One ONNX node, or a few, for each node of the network.
 *
 * @module
 */
import type { Attribute } from "../../onnx/builder.ts";
import { nodeError } from "../errors.ts";
import type { BinaryFunction, ConvNode, ConvTransposeNode, Node, UnaryFunction } from "../graph.ts";
import type { Lowering } from "./context.ts";
import { dimsOf, ints, onnxOperand, onnxValue, onnxWeight } from "./context.ts";
import { onnxAxis, onnxConstant, onnxOrder, TO_FIRST, TO_LAST } from "./layout.ts";
import { lowerReduce } from "./reduce.ts";
import { lowerReshape } from "./reshape.ts";

/** Writes a node; gives the ONNX name of its output. */
export function lowerNode(context: Lowering, node: Node): string {
  const { graph } = context;
  const emit = (op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}) =>
    graph.node(op, inputs, attributes, node.name);
  switch (node.op) {
    case "binary": {
      const rank = dimsOf(context, node.output).length;
      const inputs = [node.a, node.b].map((operand) =>
        onnxOperand(context, operand, rank, `${node.name}.constant`),
      );
      return emit(BINARY[node.fn], inputs);
    }
    case "concat": {
      const rank = dimsOf(context, node.output).length;
      const inputs = node.inputs.map((operand, i) =>
        onnxOperand(context, operand, rank, `${node.name}.constant${i}`),
      );
      return emit("Concat", inputs, { axis: onnxAxis(node.axis, rank) });
    }
    default:
      return lowerOneInput(context, node, onnxValue(context, node.input), emit);
  }
}

type Emit = (op: string, inputs: readonly string[], attributes?: Record<string, Attribute>) => string;

function lowerOneInput(
  context: Lowering,
  node: Exclude<Node, { op: "binary" | "concat" }>,
  input: string,
  emit: Emit,
): string {
  const dims = dimsOf(context, node.input);
  switch (node.op) {
    case "conv":
      return emit("Conv", [input, ...weights(context, node)], {
        kernel_shape: node.weights.dims.slice(2),
        strides: node.strides,
        pads: node.pads,
        dilations: node.dilations,
        group: node.groups,
      });
    case "conv_transpose":
      return emit("ConvTranspose", [input, ...weights(context, node)], {
        kernel_shape: node.weights.dims.slice(2),
        strides: node.strides,
        pads: node.pads,
        output_padding: node.outputPadding,
      });
    case "dense":
      return emit("Gemm", [input, ...weights(context, node)], { transB: 1 });
    case "unary":
      return lowerUnary(context, node.fn, input, emit);
    case "prelu": {
      const slope = onnxConstant(node.slope, dims.length);
      return emit("PRelu", [input, onnxWeight(context, slope, `${node.name}.slope`)]);
    }
    case "pool":
      return emit(node.fn === "max" ? "MaxPool" : "AveragePool", [input], {
        kernel_shape: node.kernel,
        strides: node.strides,
        pads: node.pads,
      });
    case "reduce":
      return lowerReduce(context, node, input, emit);
    case "resize":
      return lowerResize(context, node, input, emit);
    case "pad": {
      const pads = onnxOrder(node.pads);
      const list = ints(context, [...pads.map(([before]) => before), ...pads.map(([, after]) => after)]);
      if (node.mode !== "constant") return emit("Pad", [input, list], { mode: node.mode });
      const content = context.graph.constant(Float32Array.of(node.value), []);
      return emit("Pad", [input, list, content], { mode: "constant" });
    }
    case "reshape":
      return lowerReshape(context, node, input, emit);
    case "transpose": {
      const perm = dims.length === 4 ? TO_FIRST.map((axis) => TO_LAST[node.perm[axis]]) : node.perm;
      return perm.every((axis, i) => axis === i) ? input : emit("Transpose", [input], { perm });
    }
    case "softmax":
      return emit("Softmax", [input], { axis: onnxAxis(node.axis, dims.length) });
    case "slice":
      return lowerSlice(context, node, input, emit);
    case "depth_to_space":
      return emit("DepthToSpace", [input], { blocksize: node.block, mode: "DCR" });
    case "space_to_depth":
      return emit("SpaceToDepth", [input], { blocksize: node.block });
    case "space_to_batch":
    case "batch_to_space":
      throw nodeError(
        "unsupported_operator",
        { operator: node.op, node: node.name },
        "it is supported only around a convolution that it dilates",
      );
  }
}

const BINARY: Readonly<Record<BinaryFunction, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  max: "Max",
  min: "Min",
  pow: "Pow",
};

const UNARY: Readonly<
  Record<Exclude<UnaryFunction["kind"], "clip" | "hard_sigmoid" | "elu" | "leaky_relu">, string>
> = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  hard_swish: "HardSwish",
  tanh: "Tanh",
  softplus: "Softplus",
  exp: "Exp",
  log: "Log",
  sqrt: "Sqrt",
  abs: "Abs",
  neg: "Neg",
  reciprocal: "Reciprocal",
};

function lowerUnary(context: Lowering, fn: UnaryFunction, input: string, emit: Emit): string {
  switch (fn.kind) {
    case "clip": {
      const bound = (x: number) => (Number.isFinite(x) ? context.graph.constant(Float32Array.of(x), []) : "");
      const bounds = [bound(fn.min), bound(fn.max)];
      while (bounds.at(-1) === "") bounds.pop();
      return emit("Clip", [input, ...bounds]);
    }
    case "hard_sigmoid":
      // ONNX's defaults are 0.2 and 0.5: Theano's approximation, not MobileNetV3's.
      return emit("HardSigmoid", [input], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
    case "elu":
      return emit("Elu", [input], { alpha: { float: fn.alpha } });
    case "leaky_relu":
      return emit("LeakyRelu", [input], { alpha: { float: fn.alpha } });
    default:
      return emit(UNARY[fn.kind], [input]);
  }
}

function weights(
  context: Lowering,
  node: ConvNode | ConvTransposeNode | Extract<Node, { op: "dense" }>,
): string[] {
  const { dims, data } = node.weights;
  const names = [context.graph.weight(`${node.name}.weight`, dims, data)];
  if (node.bias) names.push(context.graph.weight(`${node.name}.bias`, [node.bias.length], node.bias));
  return names;
}

function lowerResize(
  context: Lowering,
  node: Extract<Node, { op: "resize" }>,
  input: string,
  emit: Emit,
): string {
  const [batch, height, width, channels] = dimsOf(context, node.input);
  const [toHeight, toWidth] = node.size;
  const attributes = {
    mode: node.mode,
    coordinate_transformation_mode: node.coordinates,
    // TensorFlow floors `scale * x`, and `scale * (x + 0.5)` for half-pixel centres, which is half a pixel more than ONNX's coordinate; between
    // aligned corners it rounds halves up (tensorflow/core/kernels/image/resize_nearest_neighbor_op.cc).
    ...(node.mode === "nearest"
      ? { nearest_mode: node.coordinates === "asymmetric" ? "floor" : "round_prefer_ceil" }
      : {}),
  };
  if (toHeight % height === 0 && toWidth % width === 0 && node.coordinates !== "align_corners") {
    const scales = context.graph.constant(Float32Array.of(1, 1, toHeight / height, toWidth / width));
    return emit("Resize", [input, "", scales], attributes);
  }
  return emit("Resize", [input, "", "", ints(context, [batch, channels, toHeight, toWidth])], attributes);
}

function lowerSlice(
  context: Lowering,
  node: Extract<Node, { op: "slice" }>,
  input: string,
  emit: Emit,
): string {
  const dims = onnxOrder(dimsOf(context, node.input));
  const [starts, sizes, steps] = [node.starts, node.sizes, node.steps].map(onnxOrder);
  const axes = dims.map((_, axis) => axis).filter((axis) => sizes[axis] !== dims[axis]);
  const list = (perAxis: readonly number[]) =>
    ints(
      context,
      axes.map((axis) => perAxis[axis]),
    );
  const ends = starts.map((start, axis) => start + (sizes[axis] - 1) * steps[axis] + 1);
  return emit("Slice", [input, list(starts), list(ends), ints(context, axes), list(steps)]);
}
