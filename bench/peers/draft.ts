/**
 * A TensorFlow Lite file while it grows: tensors that follow from operators, with their shapes and quantizations.
 *
 * @module
 */
import type { Graph } from "../../src/runtime/onnx/types.ts";
import type { OperatorSpec, OptionsSpec, TensorSpec } from "../../tools/tflite/write.ts";
import type { PlainGraph, Quantization } from "./quantization.ts";
import { readWeights, type Values, type Weights } from "./weights.ts";

/** `[1, height, width, channels]`, or `[1, features]`. */
export type Shape = readonly number[];

/** The file, and what it is made from. */
export interface Draft {
  readonly graph: Graph;
  /** The graph's external data. */
  readonly weights: Uint8Array;
  readonly tensors: TensorSpec[];
  readonly operators: OperatorSpec[];
  readonly shapes: Map<string, Shape>;
  readonly quantized: Map<string, Quantization>;
}

/** An empty file. */
export function createDraft({ graph, quantized }: PlainGraph, weights: Uint8Array): Draft {
  const empty = { tensors: [], operators: [], shapes: new Map() };
  return { graph, weights, ...empty, quantized: new Map(quantized) };
}

/** Adds a tensor that is computed, or given; quantized where the graph has it so. */
export function addTensor({ tensors, shapes, quantized }: Draft, name: string, shape: Shape): void {
  const quantization = quantized.get(name);
  shapes.set(name, shape);
  tensors.push({ name, shape, ...(quantization && { type: "int8", quantization }) });
}

/** Adds an operator of one output. */
export function addOperator(
  draft: Draft,
  op: string,
  inputs: readonly string[],
  output: string,
  shape: Shape,
  options?: OptionsSpec,
): void {
  addTensor(draft, output, shape);
  draft.operators.push({ op, inputs, outputs: [output], ...(options && { options }) });
}

/** Adds an operator that moves values without changing them, so that the output is quantized as the input. */
export function addMove(
  draft: Draft,
  op: string,
  inputs: readonly string[],
  output: string,
  shape: Shape,
): void {
  const quantization = draft.quantized.get(inputs[0]);
  if (quantization && !draft.quantized.has(output)) draft.quantized.set(output, quantization);
  addOperator(draft, op, inputs, output, shape);
}

/** Adds a list of integers that an operator reads: axes, a shape. */
export function addIntegers(draft: Draft, name: string, shape: Shape, values: readonly number[]): string {
  draft.tensors.push({ name, shape, type: "int32", data: Int32Array.from(values) });
  return name;
}

/** Adds a number of an operator's: quantized where the operator's other input is, then as the largest step. */
export function addScalar(draft: Draft, name: string, value: number, beside: string): string {
  const floats = { name, shape: [1], data: Float32Array.of(value) };
  const most = 127;
  const quantization = { scales: [value / most], zeroPoints: [0] };
  const bytes = { name, shape: [1], type: "int8", data: Int8Array.of(most), quantization } as const;
  draft.tensors.push(draft.quantized.has(beside) ? bytes : floats);
  return name;
}

/**
 * Adds weights.
 *
 * @param arrange brings them into TensorFlow Lite's order
 * @param axis which of their axes, then, has a scale for each index
 */
export function addWeights(
  draft: Draft,
  name: string,
  arrange = (weights: Weights): Weights => weights,
  axis = 0,
): Weights {
  const weights = weightsOf(draft, name);
  const { shape, data } = arrange(weights);
  const quantization = draft.quantized.get(name);
  draft.tensors.push({
    ...{ name, shape, data, type: typeOf(data) },
    ...(quantization && { quantization: byChannel(quantization, shape[axis], axis) }),
  });
  return weights;
}

/** Adds weights as floats, those that are quantized as what they stand for. */
export function addFloats(draft: Draft, name: string): void {
  const { shape, data } = weightsOf(draft, name);
  const scales = draft.quantized.get(name)?.scales ?? [1];
  const floats = Float32Array.from(data, (value, i) => value * (scales[scales.length === 1 ? 0 : i] ?? 1));
  draft.tensors.push({ name, shape, data: floats, type: "float32" });
}

function weightsOf({ graph, weights }: Draft, name: string): Weights {
  const initializer = graph.initializers.get(name);
  if (!initializer) throw new Error(`${name}: not a weight of the graph`);
  return readWeights(initializer, weights);
}

/** A scale for each channel, as TensorFlow Lite's converter writes them, and XNNPACK's fastest kernels ask for. */
function byChannel({ scales, zeroPoints }: Quantization, channels: number, axis: number): Quantization {
  const all = (values: readonly number[]) =>
    values.length === 1 ? new Array<number>(channels).fill(values[0]) : values;
  return { scales: all(scales), zeroPoints: all(zeroPoints), axis };
}

function typeOf(data: Values) {
  return data instanceof Float32Array ? "float32" : data instanceof Int8Array ? "int8" : "int32";
}

/** The shape of a tensor that is there. */
export function shapeOf({ shapes }: Draft, name: string): Shape {
  const shape = shapes.get(name);
  if (!shape) throw new Error(`${name}: used before it is computed`);
  return shape;
}
