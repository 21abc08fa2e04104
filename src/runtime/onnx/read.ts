/**
 * Reads an ONNX file into the light graph of `types.ts`. Weights stay where they are: external data is located, not loaded.
 *
 * @module
 */
import { fromBinary } from "@bufbuild/protobuf";
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from "./onnx_pb.ts";
import { AttributeProto_AttributeType as AttributeType, ModelProtoSchema } from "./onnx_pb.ts";
import { elementType, readTensor, safeNumber } from "./tensor.ts";
import type { AttributeValue, Graph, GraphNode, GraphValue, Initializer } from "./types.ts";
import { OnnxError } from "./types.ts";

/**
 * Reads a `.onnx` file.
 *
 * @param bytes The file. Inline tensors of the result are views into it.
 * @throws {OnnxError} when it is not an ONNX model, or uses sub-graphs, functions, sparse tensors or types not listed in `ELEMENT_TYPES`.
 * @example
 * const graph = readModel(source.graph);
 * for (const node of graph.nodes) console.log(node.op, node.inputs, numberAttribute(node, "group", 1));
 */
export function readModel(bytes: Uint8Array): Graph {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new OnnxError("not an ONNX file: its protobuf does not parse", { cause });
  }
  if (!model.graph) throw new OnnxError("not an ONNX file: it holds no graph");
  const opset = model.opsetImport.find((entry) => entry.domain === "" || entry.domain === "ai.onnx");
  if (!opset) throw new OnnxError("the model imports no version of ONNX's operators");
  if (model.functions.length > 0) throw new OnnxError("model functions are not supported");
  return readGraph(model.graph, safeNumber(opset.version), model);
}

function readGraph(graph: GraphProto, opset: number, model: ModelProto): Graph {
  if (graph.sparseInitializer.length > 0) throw new OnnxError("sparse initializers are not supported");
  const initializers = new Map<string, Initializer>();
  for (const tensor of graph.initializer) initializers.set(tensor.name, readTensor(tensor, tensor.name));
  const nodes: GraphNode[] = [];
  for (const proto of graph.node) {
    const node = readNode(proto);
    const constant = node.op === "Constant" && node.domain === "" ? constantOf(node) : undefined;
    if (constant) initializers.set(constant.name, constant);
    else nodes.push(node);
  }
  return {
    name: graph.name,
    opset,
    nodes,
    initializers,
    inputs: graph.input.filter((value) => !initializers.has(value.name)).map(readValue),
    outputs: graph.output.map(readValue),
    metadata: Object.fromEntries(model.metadataProps.map((entry) => [entry.key, entry.value])),
  };
}

function readNode(proto: NodeProto): GraphNode {
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of proto.attribute) {
    const where = `attribute ${attribute.name} of ${proto.opType} ${proto.name}`;
    attributes.set(attribute.name, readAttribute(attribute, where));
  }
  return {
    name: proto.name,
    op: proto.opType,
    domain: proto.domain === "ai.onnx" ? "" : proto.domain,
    inputs: proto.input,
    outputs: proto.output,
    attributes,
  };
}

function readAttribute(attribute: NodeProto["attribute"][number], where: string): AttributeValue {
  const text = new TextDecoder();
  switch (attribute.type) {
    case AttributeType.FLOAT:
      return attribute.f;
    case AttributeType.INT:
      return safeNumber(attribute.i);
    case AttributeType.STRING:
      return text.decode(attribute.s);
    case AttributeType.FLOATS:
      return attribute.floats;
    case AttributeType.INTS:
      return attribute.ints.map(safeNumber);
    case AttributeType.STRINGS:
      return attribute.strings.map((bytes) => text.decode(bytes));
    case AttributeType.TENSOR:
      if (attribute.t) return readTensor(attribute.t, where);
  }
  throw new OnnxError(`${where} is of type ${AttributeType[attribute.type]}, which is not supported`);
}

/** A `Constant` node as an initializer, whichever attribute holds its value. */
function constantOf(node: GraphNode): Initializer {
  const name = node.outputs[0] ?? "";
  for (const [key, value] of node.attributes) {
    if (key === "value" && typeof value === "object" && "data" in value) return { ...value, name };
    if (key === "value_float" || key === "value_floats") {
      const data = Array.isArray(value) ? value : [value];
      const bytes = new Uint8Array(Float32Array.from(data as number[]).buffer);
      return {
        name,
        type: "float32",
        dims: Array.isArray(value) ? [data.length] : [],
        data: { kind: "inline", bytes },
      };
    }
    if (key === "value_int" || key === "value_ints") {
      const data = Array.isArray(value) ? value : [value];
      const bytes = new Uint8Array(BigInt64Array.from((data as number[]).map(BigInt)).buffer);
      return {
        name,
        type: "int64",
        dims: Array.isArray(value) ? [data.length] : [],
        data: { kind: "inline", bytes },
      };
    }
  }
  throw new OnnxError(`Constant ${name} holds no value of a supported kind`);
}

function readValue(value: ValueInfoProto): GraphValue {
  const type = value.type?.value;
  if (type?.case !== "tensorType") throw new OnnxError(`${value.name} is not a tensor`);
  const dims = (type.value.shape?.dim ?? []).map((dim) =>
    dim.value.case === "dimValue" ? safeNumber(dim.value.value) : null,
  );
  return { name: value.name, dims, type: elementType(type.value.elemType, value.name) };
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
