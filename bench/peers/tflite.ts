/**
 * A classifier's ONNX graph as TensorFlow Lite, as converters of torch models make it: channels last, paddings that TensorFlow has no word for as
 * operators of their own (XNNPACK fuses them again), hard-sigmoid by ADD, RELU6 and MUL.
 *
 * @module
 */
import { numberAttribute, numbersAttribute } from "../../src/runtime/onnx/read.ts";
import type { Graph, GraphNode } from "../../src/runtime/onnx/types.ts";
import type { FileSpec, OperatorSpec, OptionsSpec, TensorSpec } from "../../tools/tflite/write.ts";
import { depthwiseFilter, type Floats, pointsLast, readFloats } from "./weights.ts";

/** `[1, height, width, channels]`, or `[1, features]`. */
type Shape = readonly number[];

/** Numbers of the schema's `Padding` and `ActivationFunctionType`. */
const PADDING = { SAME: { int8: 0 }, VALID: { int8: 1 } } as const;
const ACTIVATION = { NONE: { int8: 0 }, RELU: { int8: 1 }, RELU6: { int8: 3 } } as const;
type Activation = (typeof ACTIVATION)[keyof typeof ACTIVATION];

/** Numbers of the union `BuiltinOptions`. */
const OPTIONS = { conv: 1, depthwise: 2, fullyConnected: 8, add: 11, mul: 21, reducer: 27 } as const;

/** A file that grows. */
interface Draft {
  readonly graph: Graph;
  readonly weights: Uint8Array;
  readonly tensors: TensorSpec[];
  readonly operators: OperatorSpec[];
  readonly shapes: Map<string, Shape>;
}

/**
 * Translates a graph of one image.
 *
 * @param weights the graph's external data
 * @param size height and width of the input
 * @throws {Error} for operators that classifiers of this family do not have
 */
export function toTflite(graph: Graph, weights: Uint8Array, size: readonly [number, number]): FileSpec {
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  const draft: Draft = { graph, weights, tensors: [], operators: [], shapes: new Map() };
  const shape = [1, ...size, input.dims[1] ?? 3];
  draft.shapes.set(input.name, shape);
  draft.tensors.push({ name: input.name, shape });
  for (let at = 0; at < graph.nodes.length; at++) {
    const node = graph.nodes[at];
    const next = graph.nodes[at + 1];
    const fused = next?.op === "Relu" && next.inputs[0] === node.outputs[0] && node.op === "Conv";
    if (fused) at++;
    translate(
      draft,
      fused ? { ...node, outputs: next.outputs } : node,
      fused ? ACTIVATION.RELU : ACTIVATION.NONE,
    );
  }
  const { tensors, operators } = draft;
  return { tensors, operators, inputs: [input.name], outputs: [output.name] };
}

function translate(draft: Draft, node: GraphNode, activation: Activation): void {
  const [x, second] = node.inputs;
  const [y] = node.outputs;
  const shape = shapeOf(draft, x);
  switch (node.op) {
    case "Conv":
      convolve(draft, node, activation);
      break;
    case "HardSwish":
      emit(draft, "HARD_SWISH", [x], y, shape);
      break;
    case "HardSigmoid": {
      // torchvision's: x / 6 + 1/2, between 0 and 1.
      const alpha = constant(draft, `${y}.sixth`, 1 / 6);
      const three = constant(draft, `${y}.three`, 3);
      emit(draft, "ADD", [x, three], `${y}.relu6`, shape, {
        type: OPTIONS.add,
        fields: { 0: ACTIVATION.RELU6 },
      });
      emit(draft, "MUL", [`${y}.relu6`, alpha], y, shape, product(OPTIONS.mul));
      break;
    }
    case "Mul":
    case "Add": {
      const larger = [shape, shapeOf(draft, second)].reduce((a, b) => (a[1] >= b[1] ? a : b));
      const op = node.op === "Mul" ? "mul" : "add";
      emit(draft, node.op.toUpperCase(), [x, second], y, larger, product(OPTIONS[op]));
      break;
    }
    case "GlobalAveragePool": {
      const axes = `${y}.axes`;
      draft.tensors.push({ name: axes, shape: [2], type: "int32", data: Int32Array.of(1, 2) });
      const options = { type: OPTIONS.reducer, fields: { 0: { bool: true } } };
      emit(draft, "MEAN", [x, axes], y, [1, 1, 1, shape[3]], options);
      break;
    }
    case "Flatten": {
      const to = [1, shape.reduce((size, dim) => size * dim, 1)];
      draft.tensors.push({ name: `${y}.shape`, shape: [2], type: "int32", data: Int32Array.from(to) });
      emit(draft, "RESHAPE", [x, `${y}.shape`], y, to);
      break;
    }
    case "Gemm": {
      const matrix = weightOf(draft, second);
      draft.tensors.push({ name: second, shape: matrix.dims, data: matrix.data });
      const options = { type: OPTIONS.fullyConnected, fields: { 0: ACTIVATION.NONE } };
      emit(draft, "FULLY_CONNECTED", [x, second, bias(draft, node)], y, [1, matrix.dims[0]], options);
      break;
    }
    default:
      throw new Error(`${node.op} ${node.name}: not translated to TensorFlow Lite`);
  }
}

/** A convolution or depthwise convolution; one of stride 2 with its padding before it, as TensorFlow's `SAME` pads the other side. */
function convolve(draft: Draft, node: GraphNode, activation: Activation): void {
  const [x, name] = node.inputs;
  const [y] = node.outputs;
  const [, height, width, channels] = shapeOf(draft, x);
  const filter = weightOf(draft, name);
  const [outputs, , kernel] = filter.dims;
  const [stride] = numbersAttribute(node, "strides", [1, 1]);
  const [pad] = numbersAttribute(node, "pads", [0, 0, 0, 0]);
  const depthwise = numberAttribute(node, "group", 1) > 1;
  const same = stride === 1 && 2 * pad === kernel - 1;
  const input = same || pad === 0 ? x : padded(draft, x, pad);
  const side = (size: number) => Math.floor((size + 2 * pad - kernel) / stride) + 1;
  draft.tensors.push({ name, ...(depthwise ? depthwiseFilter(filter) : pointsLast(filter)) });
  const padding = same ? PADDING.SAME : PADDING.VALID;
  const one = { int32: 1 };
  const strides = { 0: padding, 1: { int32: stride }, 2: { int32: stride } };
  const options = depthwise
    ? { type: OPTIONS.depthwise, fields: { ...strides, 3: one, 4: activation, 5: one, 6: one } }
    : { type: OPTIONS.conv, fields: { ...strides, 3: activation, 4: one, 5: one } };
  const shape = [1, side(height), side(width), depthwise ? channels : outputs];
  emit(
    draft,
    depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D",
    [input, name, bias(draft, node)],
    y,
    shape,
    options,
  );
}

function padded(draft: Draft, x: string, pad: number): string {
  const [, height, width, channels] = shapeOf(draft, x);
  const pads = `${x}.pads`;
  const data = Int32Array.of(0, 0, pad, pad, pad, pad, 0, 0);
  draft.tensors.push({ name: pads, shape: [4, 2], type: "int32", data });
  emit(draft, "PAD", [x, pads], `${x}.padded`, [1, height + 2 * pad, width + 2 * pad, channels]);
  return `${x}.padded`;
}

function emit(
  draft: Draft,
  op: string,
  inputs: readonly string[],
  output: string,
  shape: Shape,
  options?: OptionsSpec,
): void {
  draft.shapes.set(output, shape);
  draft.tensors.push({ name: output, shape });
  draft.operators.push({ op, inputs, outputs: [output], ...(options && { options }) });
}

function product(type: number): OptionsSpec {
  return { type, fields: { 0: ACTIVATION.NONE } };
}

function constant(draft: Draft, name: string, value: number): string {
  draft.tensors.push({ name, shape: [1], data: Float32Array.of(value) });
  return name;
}

function bias(draft: Draft, { inputs }: GraphNode): string {
  const [, , name] = inputs;
  const { dims, data } = weightOf(draft, name);
  draft.tensors.push({ name, shape: dims, data });
  return name;
}

function shapeOf({ shapes }: Draft, name: string): Shape {
  const shape = shapes.get(name);
  if (!shape) throw new Error(`${name}: not computed before it is used`);
  return shape;
}

function weightOf({ graph, weights }: Draft, name: string): Floats {
  const initializer = graph.initializers.get(name);
  if (!initializer) throw new Error(`${name}: not a weight of the graph`);
  return readFloats(initializer, weights);
}
