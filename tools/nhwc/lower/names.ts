/**
 * Names in the ONNX graph: those of inputs and outputs are given, all others give way.
 *
 * @module
 */
import type { GraphBuilder } from "../../onnx/builder.ts";

/** A graph whose nodes and weights get a suffix where a name is taken; `ports` are names of inputs and outputs. */
export function givingWay(graph: GraphBuilder, ports: readonly string[]): GraphBuilder {
  const taken = new Map(ports.map((name) => [name, 0]));
  const claim = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) {
      const next = (taken.get(wanted) ?? 0) + 1;
      taken.set(wanted, next);
      name = `${wanted}.${next}`;
    }
    taken.set(name, 0);
    return name;
  };
  return {
    ...graph,
    node: (op, inputs, attributes, name = op) => graph.node(op, inputs, attributes, claim(name)),
    weight: (name, dims, data) => graph.weight(claim(name), dims, data),
  };
}
