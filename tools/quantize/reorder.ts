/**
 * Brings an activation that follows a concatenation before it: a layer's sum is then activated before it is rounded, and all bytes are of numbers that
 * are used. It computes the same.
 *
 * @module
 */
import type { NodeProto } from "../onnx/onnx_pb.ts";
import { linksOf, type Network } from "./network.ts";
import { ACTIVATIONS } from "./rounding-points.ts";

/** A network without activations of concatenations, where nothing else takes what is concatenated. */
export function activateBeforeConcat(network: Network): Network {
  const { producer, consumers } = linksOf(network);
  const isOnlyFor = (value: string) => consumers.get(value)?.length === 1 && !network.outputs.includes(value);
  /** By the concatenation: the activation behind it. */
  const moved = new Map<NodeProto, NodeProto>();
  for (const node of network.nodes) {
    const concat = producer.get(node.input[0] ?? "");
    if (ACTIVATIONS.has(node.opType) && concat?.opType === "Concat" && isOnlyFor(concat.output[0])) {
      moved.set(concat, node);
    }
  }
  const activations = new Set(moved.values());
  const nodes = network.nodes.flatMap((node): NodeProto[] => {
    if (activations.has(node)) return [];
    const activation = moved.get(node);
    if (!activation) return [node];
    const parts = node.input.map((part, i): NodeProto => {
      const output = `${activation.output[0]}.${i}`;
      return { ...activation, name: output, input: [part, ...activation.input.slice(1)], output: [output] };
    });
    return [...parts, { ...node, input: parts.map(({ output }) => output[0]), output: activation.output }];
  });
  return { ...network, nodes };
}
