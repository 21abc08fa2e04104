/**
 * Takes a QDQ graph's pairs of QuantizeLinear and DequantizeLinear for what they say of the tensors between them, as TensorFlow Lite has it.
 *
 * @module
 */
import { inlineValues } from "../../src/runtime/onnx/tensor.ts";
import type { Graph, GraphNode, Initializer } from "../../src/runtime/onnx/types.ts";
import type { TensorSpec } from "../../tools/tflite/write.ts";
import { readFloats } from "./weights.ts";

/** Of a tensor of signed 8-bit integers; of 32-bit ones for biases. One scale, or one for each output channel. */
export type Quantization = NonNullable<TensorSpec["quantization"]>;

/** A graph without the pairs, and how its tensors are quantized, by name; those that are not are missing. */
export interface PlainGraph {
  readonly graph: Graph;
  readonly quantized: ReadonlyMap<string, Quantization>;
}

/** ONNX's activations are unsigned here; TensorFlow Lite's are signed: the same values, moved by half the range. */
const UNSIGNED_SHIFT = 128;

/** @param weights the graph's external data */
export function takeQuantization(graph: Graph, weights: Uint8Array): PlainGraph {
  const names = new Map<string, string>();
  const quantized = new Map<string, Quantization>();
  const nodes: GraphNode[] = [];
  const nameOf = (name: string) => names.get(name) ?? name;
  for (const node of graph.nodes) {
    if (node.op !== "QuantizeLinear" && node.op !== "DequantizeLinear") {
      nodes.push({ ...node, inputs: node.inputs.map(nameOf) });
      continue;
    }
    const [x, scale, zeroPoint] = node.inputs.map((name) => nameOf(name));
    names.set(node.outputs[0], x);
    quantized.set(x, read(graph, weights, scale, zeroPoint));
  }
  const outputs = graph.outputs.map((output) => ({ ...output, name: nameOf(output.name) }));
  return { graph: { ...graph, nodes, outputs }, quantized };
}

/** @param zeroPoint 0 where left out */
function read(graph: Graph, weights: Uint8Array, scale: string, zeroPoint: string | undefined): Quantization {
  const scales = [...floatsOf(constantOf(graph, scale), weights)];
  if (!zeroPoint) return { scales, zeroPoints: scales.map(() => 0) };
  const zero = constantOf(graph, zeroPoint);
  const shift = zero.type === "uint8" ? UNSIGNED_SHIFT : 0;
  // Symmetric weights have zero for every channel, wherever it is stored.
  const first = zero.data.kind === "inline" ? (inlineValues(zero)[0] ?? 0) : 0;
  return { scales, zeroPoints: scales.map(() => first - shift) };
}

function constantOf({ initializers }: Graph, name: string): Initializer {
  const found = initializers.get(name);
  if (!found) throw new Error(`${name}: scales and zero points must be constants`);
  return found;
}

function floatsOf(initializer: Initializer, weights: Uint8Array): Iterable<number> {
  return initializer.data.kind === "inline"
    ? inlineValues(initializer)
    : readFloats(initializer, weights).data;
}
