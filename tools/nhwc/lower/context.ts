/**
 * What the lowering of a node works with.
 *
 * @module
 */
import type { GraphBuilder } from "../../onnx/builder.ts";
import type { Constant, Network, Operand, Shape } from "../graph.ts";
import { shapeOf } from "../graph.ts";
import { onnxConstant, TO_FIRST, TO_LAST } from "./layout.ts";

/** The graph that grows, and what has become of the network's values. */
export interface Lowering {
  readonly graph: GraphBuilder;
  readonly network: Network;
  /** ONNX names of values, in ONNX's layout. */
  readonly values: Map<string, string>;
  /** ONNX names of pictures that had to be transposed back to channels-last. */
  readonly channelsLast: Map<string, string>;
}

/** The ONNX name of a value. */
export function onnxValue(context: Lowering, value: string): string {
  const name = context.values.get(value);
  // Only a fault of the passes leads here: they keep the order in which values are made.
  if (name === undefined) throw new Error(`${value} is used before it is made`);
  return name;
}

/** The dimensions of an operand, channels last. */
export function dimsOf(context: Lowering, operand: Operand): Shape {
  return shapeOf(context.network, operand);
}

/** More elements than this are a weight, and lie in the data file; fewer stay in the graph file. */
const INLINE_ELEMENTS = 1;

/** The ONNX name of a value or of a constant that is broadcast to `rank` dimensions; `name` names the latter. */
export function onnxOperand(context: Lowering, operand: Operand, rank: number, name: string): string {
  if (typeof operand === "string") return broadcastable(context, operand, rank);
  return onnxWeight(context, onnxConstant(operand, rank), name);
}

/** Adds a constant that is in ONNX's layout. */
export function onnxWeight(context: Lowering, constant: Constant, name: string): string {
  if (constant.data.length <= INLINE_ELEMENTS) return context.graph.constant(constant.data, constant.dims);
  return context.graph.weight(name, constant.dims, constant.data);
}

/**
 * A value as it is broadcast to `rank` dimensions: with fewer than a picture it gets the missing ones and its channels to their place;
 * a picture that becomes more than one is transposed back.
 */
function broadcastable(context: Lowering, value: string, rank: number): string {
  const dims = dimsOf(context, value);
  if (dims.length === 4 && rank > 4) return channelsLast(context, value);
  const name = onnxValue(context, value);
  if (rank !== 4 || dims.length === 4 || dims.length === 0) return name;
  const { graph } = context;
  const padded = [...new Array<number>(4 - dims.length).fill(1), ...dims];
  const picture = graph.node("Reshape", [name, ints(context, padded)], {}, `${value}/picture`);
  return graph.node("Transpose", [picture], { perm: TO_FIRST }, `${value}/channels_first`);
}

/** A picture transposed back, once for all who need it. */
export function channelsLast(context: Lowering, value: string): string {
  const known = context.channelsLast.get(value);
  if (known !== undefined) return known;
  const input = onnxValue(context, value);
  const name = context.graph.node("Transpose", [input], { perm: TO_LAST }, `${value}/channels_last`);
  context.channelsLast.set(value, name);
  return name;
}

/** A constant list of integers: shapes, axes, sizes. */
export function ints(context: Lowering, numbers: readonly number[]): string {
  return context.graph.constant(BigInt64Array.from(numbers, BigInt));
}
