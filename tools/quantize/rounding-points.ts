/**
 * Decides which values of a network become bytes, and which of them must share their scale.
 *
 * Nothing is rounded twice: an activation's input is not rounded, nor one operand of an addition that is a convolution's own sum.
 *
 * @module
 */
import type { NodeProto } from "../onnx/onnx_pb.ts";
import { linksOf, type Network, textAttribute } from "./network.ts";

/** Layers with weights: products of bytes. */
export const LINEAR = new Set(["Conv", "ConvTranspose", "Gemm"]);
/** Functions of one number, which follow a layer's sum before it is rounded. */
export const ACTIVATIONS = new Set(["Relu", "Clip", "HardSwish", "HardSigmoid", "Sigmoid", "LeakyRelu"]);
/** Operators that take bytes and give bytes. */
const BYTEWISE = new Set([
  ...LINEAR,
  "Add",
  "Mul",
  "GlobalAveragePool",
  "AveragePool",
  "MaxPool",
  "Resize",
  "Concat",
  "Flatten",
  "Reshape",
]);
/** Operators whose output holds numbers of their inputs and no others. */
const MOVING = new Set(["MaxPool", "Concat", "Flatten", "Reshape"]);

/** What becomes bytes. */
export interface RoundingPoints {
  /** Values that are rounded, in the order in which they are made. */
  readonly rounded: readonly string[];
  /** The value that stands for all that share its scale, itself included. */
  groupOf(value: string): string;
}

/**
 * Finds the values to round.
 *
 * @param exact values that are not rounded: layers that take them stay in fp32
 */
export function findRoundingPoints(network: Network, exact: ReadonlySet<string> = new Set()): RoundingPoints {
  const { producer, consumers } = linksOf(network);
  const floats = floatValues(network);
  const outputs = new Set(network.outputs);
  const users = (value: string) => (consumers.get(value) ?? []).filter(({ opType }) => opType !== "Shape");
  const order = new Map(network.nodes.map((node, at) => [node, at]));

  /** A layer's own sum, whose only user it is. */
  const isSum = (value: string): boolean =>
    LINEAR.has(producer.get(value)?.opType ?? "") && users(value).length === 1 && !outputs.has(value);
  /** Whether a value goes on into its only user as it is. */
  const isFused = (value: string): boolean => {
    const [user, another] = users(value);
    if (!user || another || outputs.has(value) || !producer.has(value)) return false;
    if (ACTIVATIONS.has(user.opType)) return true;
    if (user.opType !== "Add" || !isSum(value)) return false;
    const sums = user.input.filter(isSum);
    // What is added to give the network's output stays in float32, as the output does.
    if (outputs.has(user.output[0]) && users(user.output[0]).length === 0) return true;
    // Of two sums the one that is made last goes on into the addition.
    const last = sums.reduce((a, b) => (madeAt(a) > madeAt(b) ? a : b));
    return value === last;
  };
  const madeAt = (value: string) => order.get(producer.get(value) as NodeProto) ?? -1;

  const isRounded = (value: string) =>
    floats.has(value) &&
    !exact.has(value) &&
    !isFused(value) &&
    users(value).some(({ opType }) => BYTEWISE.has(opType));
  const rounded = [...floats].filter(isRounded);
  return { rounded, groupOf: shareScales(network, new Set(rounded)) };
}

/** Operators that make other things of floats: shapes, indices, truths. */
const NOT_FLOAT =
  /^(Shape|Size|Cast|Arg(Max|Min)|NonZero|Equal|Greater(OrEqual)?|Less(OrEqual)?|IsNaN|IsInf|(Dynamic)?QuantizeLinear)$/;

/** Values of floats that are computed: those of shapes and the like are left alone. */
function floatValues(network: Network): Set<string> {
  const floats = new Set(network.inputs);
  for (const { opType, input, output } of network.nodes) {
    if (NOT_FLOAT.test(opType) || !input.some((one) => floats.has(one))) continue;
    for (const value of output) floats.add(value);
  }
  return floats;
}

/** Operators that only move numbers keep their scale. */
function shareScales({ nodes }: Network, rounded: ReadonlySet<string>): (value: string) => string {
  const parents = new Map<string, string>();
  const root = (value: string): string => {
    const parent = parents.get(value);
    return parent === undefined ? value : root(parent);
  };
  for (const node of nodes) {
    const keeps =
      MOVING.has(node.opType) ||
      (node.opType === "Resize" && textAttribute(node, "mode", "nearest") === "nearest");
    if (!keeps || !rounded.has(node.output[0])) continue;
    for (const input of node.input) {
      if (!rounded.has(input)) continue;
      const [a, b] = [root(input), root(node.output[0])];
      if (a !== b) parents.set(b, a);
    }
  }
  return root;
}
