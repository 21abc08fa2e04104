/**
 * How the compiler refuses a graph.
 *
 * @module
 */
import type { GraphNode } from "../../onnx/types.ts";
import { EngineError } from "../engine.ts";

/** What a message calls a node: its operator and name (or first output, as names are optional in ONNX). */
export function describeNode(node: GraphNode): string {
  return `${node.op} "${node.name || node.outputs[0]}"`;
}

/** Refuses a graph because of one of its nodes. @throws {EngineError} always, of kind `unsupported_graph`. */
export function unsupported(node: GraphNode, reason: string): never {
  throw new EngineError("unsupported_graph", `${describeNode(node)}: ${reason}`);
}
