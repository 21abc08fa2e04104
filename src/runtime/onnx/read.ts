/**
 * Reads an ONNX file into the light graph of `types.ts`. Weights stay where they are: external data is located, not loaded.
 *
 * @module
 */
import { constantOf, readNode } from "./read-node.ts";
import { readEntry, readTensor } from "./read-tensor.ts";
import { elementType, safeNumber } from "./tensor.ts";
import type { Graph, GraphNode, GraphValue, Initializer } from "./types.ts";
import { OnnxError } from "./types.ts";
import { bytesOf, eachField, integerOf, textOf } from "./wire.ts";

/**
 * Reads a `.onnx` file. Field numbers, here and in what follows, are those of onnx.proto (https://github.com/onnx/onnx, version 1.19).
 *
 * @param bytes The file. Inline tensors of the result are views into it.
 * @throws {OnnxError} when it is not an ONNX model, or uses sub-graphs, functions, sparse tensors or types not listed in `ELEMENT_TYPES`.
 * @example
 * const graph = readModel(source.graph);
 * for (const node of graph.nodes) console.log(node.op, node.inputs, numberAttribute(node, "group", 1));
 */
export function readModel(bytes: Uint8Array): Graph {
  try {
    return readModelProto(bytes);
  } catch (cause) {
    // Whatever pbf meets with is a plain error.
    if (cause instanceof OnnxError) throw cause;
    throw new OnnxError("not an ONNX file: its protobuf does not parse", { cause });
  }
}

function readModelProto(bytes: Uint8Array): Graph {
  let graph: Uint8Array | undefined;
  let opset: number | undefined;
  const metadata: [string, string][] = [];
  eachField(bytes, (field, value) => {
    if (field === 7) graph = bytesOf(value);
    else if (field === 8) opset = readOpset(bytesOf(value)) ?? opset;
    else if (field === 14) metadata.push(readEntry(bytesOf(value)));
    else if (field === 25) throw new OnnxError("model functions are not supported");
  });
  if (graph === undefined) throw new OnnxError("not an ONNX file: it holds no graph");
  if (opset === undefined) throw new OnnxError("the model imports no version of ONNX's operators");
  return { ...readGraph(graph), opset, metadata: Object.fromEntries(metadata) };
}

/** The version of ONNX's own operators, where the entry is of those. */
function readOpset(bytes: Uint8Array): number | undefined {
  let domain = "";
  let version = 0;
  eachField(bytes, (field, value) => {
    if (field === 1) domain = textOf(value);
    else if (field === 2) version = safeNumber(integerOf(value));
  });
  return domain === "" || domain === "ai.onnx" ? version : undefined;
}

function readGraph(bytes: Uint8Array): Omit<Graph, "opset" | "metadata"> {
  let name = "";
  const initializers = new Map<string, Initializer>();
  const constants = new Map<string, Initializer>();
  const nodes: GraphNode[] = [];
  const inputs: GraphValue[] = [];
  const outputs: GraphValue[] = [];
  eachField(bytes, (field, value) => {
    switch (field) {
      case 1: {
        const node = readNode(bytesOf(value));
        const constant = node.op === "Constant" && node.domain === "" ? constantOf(node) : undefined;
        if (constant) constants.set(constant.name, constant);
        else nodes.push(node);
        break;
      }
      case 2:
        name = textOf(value);
        break;
      case 5: {
        const tensor = readTensor(bytesOf(value));
        initializers.set(tensor.name, tensor);
        break;
      }
      case 11:
        inputs.push(readValue(bytesOf(value)));
        break;
      case 12:
        outputs.push(readValue(bytesOf(value)));
        break;
      case 15:
        throw new OnnxError("sparse initializers are not supported");
    }
  });
  for (const [constant, tensor] of constants) initializers.set(constant, tensor);
  return {
    name,
    nodes,
    initializers,
    inputs: inputs.filter((value) => !initializers.has(value.name)),
    outputs,
  };
}

function readValue(bytes: Uint8Array): GraphValue {
  let name = "";
  let tensor: Uint8Array | undefined;
  eachField(bytes, (field, value) => {
    if (field === 1) name = textOf(value);
    // Of the kinds of a TypeProto the first is a tensor.
    else if (field === 2)
      eachField(bytesOf(value), (kind, type) => {
        if (kind === 1) tensor = bytesOf(type);
      });
  });
  if (tensor === undefined) throw new OnnxError(`${name} is not a tensor`);
  let type = 0;
  const dims: (number | null)[] = [];
  eachField(tensor, (field, value) => {
    if (field === 1) type = integerOf(value);
    else if (field === 2) eachField(bytesOf(value), (_, dim) => dims.push(readDimension(bytesOf(dim))));
  });
  return { name, dims, type: elementType(type, name) };
}

/** A dimension's size, or null where it is a name or nothing. */
function readDimension(bytes: Uint8Array): number | null {
  let size: number | null = null;
  eachField(bytes, (field, value) => {
    if (field === 1) size = safeNumber(integerOf(value));
  });
  return size;
}

/** An attribute that is one number (integer or float), or its default. */
export function numberAttribute(node: GraphNode, name: string, otherwise: number): number {
  const value = node.attributes.get(name);
  return typeof value === "number" ? value : otherwise;
}

/** A string attribute, or its default. */
export function stringAttribute(node: GraphNode, name: string, otherwise: string): string {
  const value = node.attributes.get(name);
  return typeof value === "string" ? value : otherwise;
}

/** A list-of-numbers attribute, or its default. */
export function numbersAttribute(
  node: GraphNode,
  name: string,
  otherwise: readonly number[],
): readonly number[] {
  const value = node.attributes.get(name);
  return Array.isArray(value) && value.every((item) => typeof item === "number") ? value : otherwise;
}
