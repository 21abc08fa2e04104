/**
 * What translations of ONNX nodes share: what they may ask, and how they read their inputs.
 *
 * @module
 */
import type { Graph, GraphNode } from "../../../onnx/types.ts";
import type { Constants } from "../constants.ts";
import type { Inference } from "../infer/index.ts";
import type { Layer } from "../layers.ts";
import { unsupported } from "../unsupported.ts";

/** What a translation may ask about the graph around its node. */
export interface Scope {
  readonly graph: Graph;
  readonly constants: Constants;
  readonly inference: Inference;
}

/** Translates one node. @throws {EngineError} `unsupported_graph` */
export type Translate = (node: GraphNode, scope: Scope) => Layer;

/** The i-th input as a value computed in the run. */
export function valueInput(node: GraphNode, index: number, { constants }: Scope): string {
  const name = node.inputs[index] ?? "";
  if (name === "") unsupported(node, `input ${index} is missing`);
  if (constants.has(name)) unsupported(node, `input ${index} is a constant, a computed value is expected`);
  return name;
}

/** The i-th input as a constant; `undefined` when it is absent. */
export function constantInput(node: GraphNode, index: number, { constants }: Scope): string | undefined {
  const name = node.inputs[index] ?? "";
  if (name === "") return undefined;
  if (!constants.has(name)) unsupported(node, `input ${index} ("${name}") must be a constant`);
  return name;
}

/** What every layer has. */
export function base(node: GraphNode, inputs: readonly string[]) {
  return { node, inputs, output: node.outputs[0] ?? "" };
}
