/**
 * Shape inference: what every value of a graph is, for one size of its inputs.
 *
 * @module
 */
import { elementCount, inlineValues } from "../../../onnx/tensor.ts";
import type { Graph, GraphNode, Initializer, InitializerData } from "../../../onnx/types.ts";
import { unsupported } from "../unsupported.ts";
import { elementwiseRules } from "./elementwise.ts";
import { quantizeRules } from "./quantize.ts";
import { reduceRules } from "./reduce.ts";
import { resizeRules } from "./resize.ts";
import { shapeRules } from "./shape.ts";
import type { InferContext, InferRule, Inferred } from "./types.ts";
import { windowRules } from "./window.ts";

export type { InferContext, Inferred } from "./types.ts";

/** Contents of inline constants are followed up to this many elements: shapes, axes, bounds, scalars. */
const MAX_KNOWN_ELEMENTS = 64;

const rules: Readonly<Record<string, InferRule>> = {
  ...windowRules,
  ...elementwiseRules,
  ...reduceRules,
  ...shapeRules,
  ...resizeRules,
  ...quantizeRules,
};

/** What is known of every value, by name. */
export type Inference = ReadonlyMap<string, Inferred>;

/** What is known of an initializer: its contents only where they are small and lie in the graph file. */
function inferInitializer(initializer: Initializer): Inferred {
  const { type, dims, data } = initializer;
  const elements = dims.reduce((product, dim) => product * dim, 1);
  if (data.kind === "external" || type === "float16" || elements > MAX_KNOWN_ELEMENTS) return { type, dims };
  return { type, dims, values: inlineValues(initializer) };
}

/** A graph for further inferences: what they do not follow is left out, and what they do lies in bytes of its own, so that the file's can go. */
export function withoutLargeContents(graph: Graph): Graph {
  const followed = ({ data, dims }: Initializer) =>
    data.kind === "inline" && elementCount(dims) <= MAX_KNOWN_ELEMENTS ? data.bytes : undefined;
  const all = [...graph.initializers];
  const bytes = new Uint8Array(all.reduce((sum, [, one]) => sum + (followed(one)?.length ?? 0), 0));
  let at = 0;
  const initializers = all.map(([name, one]) => {
    const contents = followed(one);
    if (!contents) return [name, { ...one, data: LEFT_OUT }] as const;
    bytes.set(contents, at);
    const own = bytes.subarray(at, at + contents.length);
    at += contents.length;
    return [name, { ...one, data: { kind: "inline", bytes: own } }] as const;
  });
  return { ...graph, initializers: new Map(initializers) };
}

/** As far as shapes go, contents that are not followed lie somewhere else. */
const LEFT_OUT: InitializerData = { kind: "external", location: "", offset: 0, length: 0 };

/** A node together with what is known about its inputs. */
export function contextOf(graph: Graph, inference: Inference, node: GraphNode): InferContext {
  return { node, inputs: node.inputs.map((name) => inference.get(name)), opset: graph.opset };
}

/**
 * Infers the type and shape of every value.
 *
 * @param sizes Dims of each graph input, by name.
 * @throws {EngineError} `unsupported_graph`: an operator that has no rule, or shapes that do not fit; names the node.
 */
export function inferShapes(graph: Graph, sizes: ReadonlyMap<string, readonly number[]>): Inference {
  const inference = new Map<string, Inferred>();
  for (const initializer of graph.initializers.values()) {
    inference.set(initializer.name, inferInitializer(initializer));
  }
  for (const input of graph.inputs) {
    const dims = sizes.get(input.name) ?? input.dims.map((dim) => dim ?? 1);
    inference.set(input.name, { type: input.type, dims });
  }
  for (const node of graph.nodes) {
    const rule = node.domain === "" ? rules[node.op] : undefined;
    if (!rule) unsupported(node, `operator ${node.domain && `${node.domain}.`}${node.op} is not supported`);
    for (const name of node.inputs) {
      if (name !== "" && !inference.has(name))
        unsupported(node, `input "${name}" is computed by no earlier node`);
    }
    const outputs = rule(contextOf(graph, inference, node));
    node.outputs.forEach((name, i) => {
      const output = outputs[i];
      if (output) inference.set(name, output);
    });
  }
  return inference;
}
