/**
 * Folds what follows a convolution into its weights and bias: biases, batch normalisation, factors.
 *
 * @module
 */
import type { BinaryNode, ConvNode, ConvTransposeNode, DenseNode, Network, Node, Operand } from "../graph.ts";
import { shapeOf } from "../graph.ts";
import { countUses, perChannel, removeDead } from "./rewrite.ts";

type LinearNode = ConvNode | ConvTransposeNode | DenseNode;

/** Folds additions and multiplications by a constant for each channel into the convolution before them. */
export function foldAffine(network: Network): Network {
  const uses = countUses(network);
  const nodes: Node[] = [];
  const made = new Map<string, number>();
  for (const node of network.nodes) {
    const folded = node.op === "binary" ? fold(network, node, uses, nodes, made) : undefined;
    const at = folded?.at ?? nodes.length;
    nodes[at] = folded?.node ?? node;
    made.set(node.output, at);
  }
  return removeDead({ ...network, nodes });
}

function fold(
  network: Network,
  node: BinaryNode,
  uses: ReadonlyMap<string, number>,
  nodes: readonly Node[],
  made: ReadonlyMap<string, number>,
): { node: Node; at: number } | undefined {
  const { value, constant, reversed } = split(node);
  const at = value === undefined ? undefined : made.get(value);
  if (value === undefined || constant === undefined || at === undefined || uses.get(value) !== 1)
    return undefined;
  const before = nodes[at];
  if (before.op !== "conv" && before.op !== "conv_transpose" && before.op !== "dense") return undefined;
  const channels = perChannel(constant, shapeOf(network, value));
  if (!channels) return undefined;
  const affine = affineOf(node, channels, reversed);
  return affine && { node: { ...apply(before, affine), output: node.output }, at };
}

/** `scale * x + shift`, for each channel. */
interface Affine {
  readonly scale: (channel: number) => number;
  readonly shift: (channel: number) => number;
}

function affineOf(node: BinaryNode, c: Float32Array, reversed: boolean): Affine | undefined {
  switch (node.fn) {
    case "add":
      return { scale: () => 1, shift: (i) => c[i] };
    case "sub":
      return reversed ? { scale: () => -1, shift: (i) => c[i] } : { scale: () => 1, shift: (i) => -c[i] };
    case "mul":
      return { scale: (i) => c[i], shift: () => 0 };
    case "div":
      return reversed ? undefined : { scale: (i) => 1 / c[i], shift: () => 0 };
    default:
      return undefined;
  }
}

function apply<T extends LinearNode>(node: T, { scale, shift }: Affine): T {
  const { dims, data } = node.weights;
  const channelAxis = node.op === "conv_transpose" ? 1 : 0;
  const channels = dims[channelAxis];
  const inner = dims.slice(channelAxis + 1).reduce((count, dim) => count * dim, 1);
  const weights = data.map((w, i) => w * scale(Math.floor(i / inner) % channels));
  const bias = Float32Array.from({ length: channels }, (_, i) => (node.bias?.[i] ?? 0) * scale(i) + shift(i));
  return { ...node, weights: { dims, data: weights }, bias };
}

function split(node: BinaryNode): { value?: string; constant?: Operand; reversed: boolean } {
  if (typeof node.a === "string" && typeof node.b !== "string") {
    return { value: node.a, constant: node.b, reversed: false };
  }
  if (typeof node.b === "string" && typeof node.a !== "string") {
    return { value: node.b, constant: node.a, reversed: true };
  }
  return { reversed: false };
}
