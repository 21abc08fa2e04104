/**
 * What the passes over a network share.
 *
 * @module
 */
import type { Constant, Network, Node, Operand, Shape } from "../graph.ts";
import { elementCount, inputsOf, withInputs } from "../graph.ts";

/** How often each value is read, being an output of the network included. */
export function countUses(network: Network): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const use = (value: string) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of network.nodes) for (const input of inputsOf(node)) use(input);
  for (const { value } of network.outputs) use(value);
  return uses;
}

/** The node that makes each value. */
export function producers(network: Network): ReadonlyMap<string, Node> {
  return new Map(network.nodes.map((node) => [node.output, node]));
}

/** Takes out what no output depends on. */
export function removeDead(network: Network): Network {
  const live = new Set(network.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of network.nodes.toReversed()) {
    if (!live.has(node.output)) continue;
    nodes.push(node);
    for (const input of inputsOf(node)) live.add(input);
  }
  return { ...network, nodes: nodes.reverse() };
}

/** The network reading other values in the place of some. */
export function renameValues(network: Network, renamed: ReadonlyMap<string, string>): Network {
  const rename = (value: string): string => {
    let name = value;
    for (let next = renamed.get(name); next !== undefined; next = renamed.get(name)) name = next;
    return name;
  };
  return {
    ...network,
    nodes: network.nodes.map((node) => withInputs(node, rename)),
    outputs: network.outputs.map((port) => ({ ...port, value: rename(port.value) })),
  };
}

/** The number that a constant of one element is, where broadcasting it to `shape` does not add axes. */
export function scalarOf(operand: Operand, shape: Shape): number | undefined {
  if (typeof operand === "string" || operand.data.length !== 1 || operand.dims.length > shape.length) {
    return undefined;
  }
  return operand.data[0];
}

/** A constant's value for each channel (the last axis), where it varies along no other. */
export function perChannel(operand: Operand, shape: Shape): Float32Array | undefined {
  if (typeof operand === "string" || operand.dims.length > shape.length) return undefined;
  const channels = shape.at(-1) ?? 1;
  if (operand.data.length === 1) return new Float32Array(channels).fill(operand.data[0]);
  if (operand.dims.at(-1) !== channels || elementCount(operand.dims) !== channels) return undefined;
  return operand.data;
}

/** A constant with every element changed. */
export function mapConstant(constant: Constant, fn: (x: number, i: number) => number): Constant {
  return { dims: constant.dims, data: constant.data.map(fn) };
}

/** A name that no value has yet. */
export function freshName(shapes: ReadonlyMap<string, Shape>, wanted: string): string {
  let name = wanted;
  while (shapes.has(name)) name += "_";
  return name;
}
