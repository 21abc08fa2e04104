/**
 * Reads the nodes of an ONNX file and their attributes. Field numbers are those of onnx.proto.
 *
 * @module
 */
import { readTensor } from "./read-tensor.ts";
import { safeNumber } from "./tensor.ts";
import type { AttributeValue, GraphNode, Initializer } from "./types.ts";
import { OnnxError } from "./types.ts";
import { bytesOf, eachField, floatsOf, integerOf, integersOf, textOf } from "./wire.ts";

/** Reads a `NodeProto`. @throws {OnnxError} {@link Error} where it does not parse */
export function readNode(bytes: Uint8Array): GraphNode {
  const node = { name: "", op: "", domain: "" };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Uint8Array[] = [];
  eachField(bytes, (field, value) => {
    if (field === 1) inputs.push(textOf(value));
    else if (field === 2) outputs.push(textOf(value));
    else if (field === 3) node.name = textOf(value);
    else if (field === 4) node.op = textOf(value);
    else if (field === 5) attributes.push(bytesOf(value));
    else if (field === 7) node.domain = textOf(value);
  });
  const where = `${node.op} ${node.name}`;
  return {
    ...node,
    domain: node.domain === "ai.onnx" ? "" : node.domain,
    inputs,
    outputs,
    attributes: new Map(attributes.map((attribute) => readAttribute(attribute, where))),
  };
}

/** `AttributeProto.AttributeType`, by number. */
const ATTRIBUTE_TYPES = [
  ...["UNDEFINED", "FLOAT", "INT", "STRING", "TENSOR", "GRAPH", "FLOATS", "INTS", "STRINGS", "TENSORS"],
  ...["GRAPHS", "SPARSE_TENSOR", "SPARSE_TENSORS", "TYPE_PROTO", "TYPE_PROTOS"],
];

function readAttribute(bytes: Uint8Array, where: string): [name: string, value: AttributeValue] {
  let name = "";
  let type: string | undefined = "UNDEFINED";
  // By type: a message that leaves a number out means zero.
  const values: Record<string, AttributeValue> = { FLOAT: 0, INT: 0, STRING: "" };
  const floats: number[] = [];
  const integers: number[] = [];
  const strings: string[] = [];
  eachField(bytes, (field, value) => {
    if (field === 1) name = textOf(value);
    else if (field === 2) values.FLOAT = floatsOf(value)[0] ?? 0;
    else if (field === 3) values.INT = safeNumber(integerOf(value));
    else if (field === 4) values.STRING = textOf(value);
    else if (field === 5) values.TENSOR = readTensor(bytesOf(value));
    else if (field === 7) for (const element of floatsOf(value)) floats.push(element);
    else if (field === 8) for (const element of integersOf(value)) integers.push(safeNumber(element));
    else if (field === 9) strings.push(textOf(value));
    else if (field === 20) type = ATTRIBUTE_TYPES[integerOf(value)];
  });
  const value = { ...values, FLOATS: floats, INTS: integers, STRINGS: strings }[type ?? "UNDEFINED"];
  if (value === undefined) {
    throw new OnnxError(`attribute ${name} of ${where} is of type ${type}, which is not supported`);
  }
  return [name, value];
}

/** A `Constant` node as an initializer, whichever attribute holds its value. */
export function constantOf(node: GraphNode): Initializer {
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
