/**
 * A network on its way through the quantizer: ONNX nodes as they are in the file, weights as arrays that passes may change.
 *
 * @module
 */
import { create, fromBinary } from "@bufbuild/protobuf";
import { readModel } from "../../src/runtime/onnx/read.ts";
import type { Initializer } from "../../src/runtime/onnx/types.ts";
import type { TensorData } from "../onnx/data.ts";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from "../onnx/onnx_pb.ts";
import type { TensorPart } from "../onnx/write.ts";

/** A network that is being quantized. */
export interface Network {
  /** The file it was read from; `writeNetwork` takes name, inputs, outputs and metadata from it. */
  readonly model: ModelProto;
  /** In topological order. */
  nodes: NodeProto[];
  /** Constants by name; float32 ones are copies that passes may change. */
  readonly tensors: Map<string, TensorPart>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The two files of a graph. */
export interface NetworkFiles {
  readonly graph: Uint8Array;
  readonly weights: Uint8Array;
}

/** Reads a graph with its weights. @throws {OnnxError} */
export function readNetwork({ graph, weights }: NetworkFiles): Network {
  const { initializers, inputs, outputs } = readModel(graph);
  const model = fromBinary(ModelProtoSchema, graph);
  const tensors = new Map<string, TensorPart>();
  for (const [name, initializer] of initializers) {
    tensors.set(name, { name, dims: initializer.dims, data: readData(initializer, weights) });
  }
  const nodes = (model.graph?.node ?? []).filter(
    (node) => !(node.opType === "Constant" && tensors.has(node.output[0])) && !widen(node, tensors),
  );
  return {
    model,
    nodes,
    tensors,
    inputs: inputs.map(({ name }) => name),
    outputs: outputs.map(({ name }) => name),
  };
}

/** Weights stored as halves become floats at once. Whether the node did that. */
function widen({ opType, input, output }: NodeProto, tensors: Map<string, TensorPart>): boolean {
  const halves = opType === "Cast" ? tensors.get(input[0]) : undefined;
  if (!(halves?.data instanceof Float16Array)) return false;
  tensors.set(output[0], { ...halves, name: output[0], data: Float32Array.from(halves.data) });
  return true;
}

function readData({ data, type, name }: Initializer, weights: Uint8Array): TensorData {
  const bytes =
    data.kind === "inline" ? data.bytes : weights.subarray(data.offset, data.offset + data.length);
  // A copy: arrays of wider elements must begin at a multiple of their size. (`slice` would not do: Node's Buffer gives a view.)
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case "float32":
      return new Float32Array(buffer);
    case "float16":
      return new Float16Array(buffer);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    default:
      throw new TypeError(`${name}: tensors of type ${type} are not quantized here`);
  }
}

/** A value by name: who makes it, who uses it. */
export interface Links {
  readonly producer: ReadonlyMap<string, NodeProto>;
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
}

/** Who makes and who uses each value. A node that uses one twice is listed twice. */
export function linksOf({ nodes }: Pick<Network, "nodes">): Links {
  const producer = new Map<string, NodeProto>();
  const consumers = new Map<string, NodeProto[]>();
  for (const node of nodes) {
    for (const output of node.output) producer.set(output, node);
    for (const input of node.input) {
      if (input === "") continue;
      const users = consumers.get(input);
      if (users) users.push(node);
      else consumers.set(input, [node]);
    }
  }
  return { producer, consumers };
}

/** A constant of floats, which passes may change. `undefined` for values that are computed, and for other types. */
export function floatsOf(
  { tensors }: Network,
  name: string,
): { dims: readonly number[]; data: Float32Array } | undefined {
  const tensor = tensors.get(name);
  return tensor?.data instanceof Float32Array ? { dims: tensor.dims, data: tensor.data } : undefined;
}

/** An attribute that is one integer. */
export function intAttribute(node: NodeProto, name: string, otherwise: number): number {
  const attribute = node.attribute.find((one) => one.name === name);
  return attribute ? Number(attribute.i) : otherwise;
}

/** An attribute that is text. */
export function textAttribute(node: NodeProto, name: string, otherwise: string): string {
  const attribute = node.attribute.find((one) => one.name === name);
  return attribute ? new TextDecoder().decode(attribute.s) : otherwise;
}

/** A new node with one output, and integer attributes. */
export function makeNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    opType: op,
    input: [...inputs],
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) =>
      create(
        AttributeProtoSchema,
        typeof value === "number"
          ? { name, type: AttributeType.INT, i: BigInt(value) }
          : { name, type: AttributeType.INTS, ints: value.map((one) => BigInt(one)) },
      ),
    ),
  });
}

/** A copy of the constants, to which others can be added; equal ones are shared. Names are the prefix and a number. */
export function addConstants(
  before: ReadonlyMap<string, TensorPart>,
  prefix: string,
): {
  readonly tensors: Map<string, TensorPart>;
  readonly constant: (data: TensorData, dims: readonly number[]) => string;
} {
  const tensors = new Map(before);
  const known = new Map<string, string>();
  return {
    tensors,
    constant(data, dims) {
      const key = `${data.constructor.name} ${dims} ${data}`;
      const name = known.get(key) ?? `${prefix}${known.size}`;
      known.set(key, name);
      tensors.set(name, { name, dims, data });
      return name;
    },
  };
}

/** A copy whose floats can be changed without changing the original's. */
export function cloneNetwork(network: Network): Network {
  const copied = [...network.tensors].map(([name, tensor]) => {
    const { data } = tensor;
    return [name, data instanceof Float32Array ? { ...tensor, data: data.slice() } : tensor] as const;
  });
  return { ...network, nodes: [...network.nodes], tensors: new Map(copied) };
}
