/**
 * Joins reshapes: graphs take single axes out and put them in again.
 *
 * @module
 */
import type { Network, Node } from "../graph.ts";
import { shapeOf } from "../graph.ts";
import { sameShape } from "../shapes.ts";
import { removeDead, renameValues } from "./rewrite.ts";

/** A reshape of a reshape reads the first one's input; one that changes nothing goes. */
export function joinReshapes(network: Network): Network {
  const made = new Map<string, Node>();
  const renamed = new Map<string, string>();
  const nodes = network.nodes.map((node) => {
    let joined = node;
    if (node.op === "reshape") {
      const input = renamed.get(node.input) ?? node.input;
      const before = made.get(input);
      joined = { ...node, input: before?.op === "reshape" ? before.input : input };
      if (sameShape(shapeOf(network, joined.input), node.shape)) renamed.set(node.output, joined.input);
    }
    made.set(joined.output, joined);
    return joined;
  });
  return removeDead(renameValues({ ...network, nodes }, renamed));
}
