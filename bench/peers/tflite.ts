/**
 * A classifier's ONNX graph, float or QDQ, as TensorFlow Lite, as converters of torch models make it: channels last, paddings that TensorFlow has no
 * word for as operators of their own (XNNPACK fuses them again).
 *
 * @module
 */
import { numberAttribute, numbersAttribute } from "../../src/runtime/onnx/read.ts";
import type { Graph, GraphNode } from "../../src/runtime/onnx/types.ts";
import type { FileSpec } from "../../tools/tflite/write.ts";
import { quantizeBetween } from "./between.ts";
import {
  addFloats,
  addIntegers,
  addMove,
  addOperator,
  addTensor,
  addWeights,
  createDraft,
  type Draft,
  shapeOf,
} from "./draft.ts";
import { hardSigmoid, hardSwish } from "./hard-forms.ts";
import { ACTIVATION, type Activation, activated, OPTIONS, PADDING } from "./options.ts";
import { takeQuantization } from "./quantization.ts";
import { channelsLast, depthwiseFilter } from "./weights.ts";

/**
 * Translates a graph of one image. Quantized ones take and give floats too.
 *
 * @param weights the graph's external data
 * @param size height and width of the input
 * @throws {Error} for operators that classifiers of this family do not have
 */
export function toTflite(graph: Graph, weights: Uint8Array, size: readonly [number, number]): FileSpec {
  const draft = createDraft(quantizeBetween(takeQuantization(graph, weights)), weights);
  const { nodes, inputs, outputs } = draft.graph;
  const input = addInput(draft, inputs[0].name, [1, ...size, inputs[0].dims[1] ?? 3]);
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at];
    const next = nodes[at + 1];
    const fused = node.op === "Conv" && next?.op === "Relu" && next.inputs[0] === node.outputs[0];
    if (fused) at++;
    translate(
      draft,
      fused ? { ...node, outputs: next.outputs } : node,
      fused ? ACTIVATION.RELU : ACTIVATION.NONE,
    );
  }
  const output = addDequantized(draft, outputs[0].name);
  return { tensors: draft.tensors, operators: draft.operators, inputs: [input], outputs: [output] };
}

function addInput(draft: Draft, name: string, shape: readonly number[]): string {
  if (!draft.quantized.has(name)) {
    addTensor(draft, name, shape);
    return name;
  }
  addTensor(draft, `${name}.float`, shape);
  addOperator(draft, "QUANTIZE", [`${name}.float`], name, shape);
  return `${name}.float`;
}

/** The value as floats: TensorFlow Lite multiplies those by integer weights, too (quantized "dynamically"), and gives floats. */
function addDequantized(draft: Draft, name: string): string {
  if (!draft.quantized.has(name)) return name;
  addOperator(draft, "DEQUANTIZE", [name], `${name}.float`, shapeOf(draft, name));
  return `${name}.float`;
}

function translate(draft: Draft, node: GraphNode, activation: Activation): void {
  const [x, second, third] = node.inputs;
  const [y] = node.outputs;
  const shape = shapeOf(draft, x);
  switch (node.op) {
    case "Conv":
      convolve(draft, node, activation);
      break;
    case "HardSwish":
      hardSwish(draft, x, y);
      break;
    case "HardSigmoid":
      hardSigmoid(draft, x, y);
      break;
    case "Mul":
    case "Add": {
      const larger = [shape, shapeOf(draft, second)].reduce((a, b) => (a[1] >= b[1] ? a : b));
      const options = activated(node.op === "Mul" ? OPTIONS.mul : OPTIONS.add);
      addOperator(draft, node.op.toUpperCase(), [x, second], y, larger, options);
      break;
    }
    case "GlobalAveragePool": {
      const axes = addIntegers(draft, `${y}.axes`, [2], [1, 2]);
      const options = { type: OPTIONS.reducer, fields: { 0: { bool: true } } };
      addOperator(draft, "MEAN", [x, axes], y, [1, 1, 1, shape[3]], options);
      break;
    }
    case "Flatten": {
      const to = [1, shape.reduce((size, dim) => size * dim, 1)];
      addMove(draft, "RESHAPE", [x, addIntegers(draft, `${y}.shape`, [2], to)], y, to);
      break;
    }
    case "Gemm": {
      const [outputs] = addWeights(draft, second).shape;
      const options = activated(OPTIONS.fullyConnected);
      const isFloat = !draft.quantized.has(y);
      if (isFloat) addFloats(draft, third);
      else addWeights(draft, third);
      const from = isFloat ? addDequantized(draft, x) : x;
      addOperator(draft, "FULLY_CONNECTED", [from, second, third], y, [1, outputs], options);
      break;
    }
    default:
      throw new Error(`${node.op} ${node.name}: not translated to TensorFlow Lite`);
  }
}

/** A convolution or depthwise convolution; one of stride 2 with its padding before it, as TensorFlow's `SAME` pads the other side. */
function convolve(draft: Draft, node: GraphNode, activation: Activation): void {
  const [x, filter, bias] = node.inputs;
  const [y] = node.outputs;
  const [, height, width] = shapeOf(draft, x);
  const [stride] = numbersAttribute(node, "strides", [1, 1]);
  const [pad] = numbersAttribute(node, "pads", [0, 0, 0, 0]);
  const depthwise = numberAttribute(node, "group", 1) > 1;
  const [arrange, axis] = depthwise ? [depthwiseFilter, 3] : [channelsLast, 0];
  const [outputs, , kernel] = addWeights(draft, filter, arrange, axis).shape;
  addWeights(draft, bias);
  const same = stride === 1 && 2 * pad === kernel - 1;
  const input = same || pad === 0 ? x : addPadding(draft, x, pad);
  const side = (size: number) => Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const one = { int32: 1 };
  const window = {
    0: same ? PADDING.SAME : PADDING.VALID,
    1: { int32: stride },
    2: { int32: stride },
  };
  const options = depthwise
    ? { type: OPTIONS.depthwise, fields: { ...window, 3: one, 4: activation, 5: one, 6: one } }
    : { type: OPTIONS.conv, fields: { ...window, 3: activation, 4: one, 5: one } };
  const op = depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D";
  addOperator(draft, op, [input, filter, bias], y, [1, side(height), side(width), outputs], options);
}

function addPadding(draft: Draft, x: string, pad: number): string {
  const [, height, width, channels] = shapeOf(draft, x);
  const pads = addIntegers(draft, `${x}.pads`, [4, 2], [0, 0, pad, pad, pad, pad, 0, 0]);
  const shape = [1, height + 2 * pad, width + 2 * pad, channels];
  addMove(draft, "PAD", [x, pads], `${x}.padded`, shape);
  return `${x}.padded`;
}
