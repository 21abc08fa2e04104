/**
 * Shortens names in an int8 graph: it has three nodes for each of fp32's, and beside weights of a quarter of the size, names weigh. (Of CenterNet's
 * 2.3 MB, whose names come from TensorFlow, 0.15 were names.)
 *
 * @module
 */
import type { Network } from "./network.ts";

/** Names of this length are kept: torchvision's are no longer. */
const KEPT = 24;

/** Leaves nodes without names of their own (their outputs' say as much), and numbers the weights, and values with long names. */
export function shorten({ nodes, tensors, ...network }: Network): Network {
  const own = new Set([...network.inputs, ...network.outputs]);
  const taken = new Set([...own, ...tensors.keys(), ...nodes.flatMap(({ output }) => output)]);
  const renamed = new Map<string, string>();
  let last = 0;
  const number = (name: string): void => {
    if (own.has(name) || renamed.has(name)) return;
    while (taken.has(`n${last}`)) last++;
    renamed.set(name, `n${last++}`);
  };
  for (const { opType, input, output } of nodes) {
    // Scales and the like have short names already.
    if (opType === "DequantizeLinear" && tensors.has(input[0])) number(input[0]);
    for (const value of output) if (value.length > KEPT) number(value);
  }
  const nameOf = (name: string) => renamed.get(name) ?? name;
  return {
    ...network,
    nodes: nodes.map((node) => ({
      ...node,
      name: "",
      input: node.input.map(nameOf),
      output: node.output.map(nameOf),
    })),
    tensors: new Map(
      [...tensors].map(([name, tensor]) => [nameOf(name), { ...tensor, name: nameOf(name) }] as const),
    ),
  };
}
