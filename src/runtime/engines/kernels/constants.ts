/**
 * Constants of a graph: initializers, and those behind a Cast that widens what is stored as fp16.
 *
 * @module
 */
import { numberAttribute } from "../../onnx/read.ts";
import { inlineValues } from "../../onnx/tensor.ts";
import type { Graph, Initializer } from "../../onnx/types.ts";
import { widenHalf } from "./half.ts";

/** Initializers by the name under which nodes read them. */
export type Constants = ReadonlyMap<string, Initializer>;

/** ONNX's number of float32 (`TensorProto.DataType.FLOAT`), the target of a widening Cast. */
const FLOAT = 1;

/** Finds what is constant in a graph. */
export function findConstants(graph: Graph): Constants {
  const constants = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const source = constants.get(node.inputs[0] ?? "");
    const output = node.outputs[0];
    if (!source || output === undefined) continue;
    const widens = node.op === "Cast" && numberAttribute(node, "to", FLOAT) === FLOAT;
    const float = source.type === "float16" || source.type === "float32";
    if ((widens && float) || node.op === "Identity") constants.set(output, source);
  }
  return constants;
}

/** The contents of a constant that lies in the graph file, as floats. */
export function constantFloats(initializer: Initializer): Float32Array {
  const { data, type } = initializer;
  if (data.kind === "inline" && type === "float16") {
    const { bytes } = data;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => widenHalf(view.getUint16(i * 2, true)));
  }
  return Float32Array.from(inlineValues(initializer));
}
