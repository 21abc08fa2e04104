/**
 * Takes int8 networks apart where their values are bytes, so that each layer can be run by itself.
 *
 * @module
 */
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataType as DataType, TypeProtoSchema, ValueInfoProtoSchema } from "../onnx/onnx_pb.ts";
import type { BuiltModel } from "../onnx/write.ts";
import { linksOf, makeNode, type Network } from "../quantize/network.ts";
import { writeNetwork } from "../quantize/write-network.ts";

/** A value that is bytes, between the QuantizeLinear that makes it and the DequantizeLinear that reads it. */
export interface ByteValue {
  readonly name: string;
  /** The real number that one step stands for. */
  readonly step: number;
  /** The constants by which it is read: scale and zero point. */
  readonly parameters: readonly string[];
}

/** All values of a network that are bytes. */
export function byteValues(network: Network): ByteValue[] {
  const { consumers } = linksOf(network);
  return network.nodes.flatMap(({ opType, output: [name] }) => {
    const reader = opType === "QuantizeLinear" ? consumers.get(name)?.[0] : undefined;
    if (reader?.opType !== "DequantizeLinear") return [];
    const [, ...parameters] = reader.input;
    const scale = network.tensors.get(parameters[0])?.data;
    return scale instanceof Float32Array ? [{ name, step: scale[0], parameters }] : [];
  });
}

/** The output by which a value's real numbers are seen, in both networks. */
export const seen = ({ name }: ByteValue): string => `${name}:seen`;

/** The input by which they are given to the layers that read them. */
export const given = ({ name }: ByteValue): string => `${name}:given`;

/** The network with the real numbers of all its bytes as outputs. */
export function openUp(network: Network, values: readonly ByteValue[], weightsLocation: string): BuiltModel {
  return writeNetwork(
    { ...network, nodes: [...network.nodes, ...values.map(see)] },
    weightsLocation,
    values.map(seen),
  );
}

function see(value: ByteValue) {
  return makeNode("DequantizeLinear", [value.name, ...value.parameters], seen(value));
}

/**
 * The network cut at all its bytes: what one layer gives is an output, and what the next one takes is an input of its own, so no layer sees what another
 * one of the same run did.
 *
 * @param dims of each value
 */
export function cut(
  network: Network,
  values: readonly ByteValue[],
  dims: (value: ByteValue) => readonly number[],
  weightsLocation: string,
): BuiltModel {
  const again = new Map(values.map(({ name }) => [name, `${name}:again`]));
  const nodes = network.nodes.map((node) => {
    const other = node.opType === "DequantizeLinear" ? again.get(node.input[0]) : undefined;
    return other === undefined ? node : { ...node, input: node.input.with(0, other) };
  });
  const rounded = values.map((value) =>
    makeNode("QuantizeLinear", [given(value), ...value.parameters], again.get(value.name) ?? ""),
  );
  const inputs = values.map((value) => floats(given(value), dims(value)));
  const { graph } = network.model;
  const model = {
    ...network.model,
    ...(graph && { graph: { ...graph, input: [...graph.input, ...inputs] } }),
  };
  return writeNetwork(
    { model, tensors: network.tensors, nodes: [...rounded, ...nodes, ...values.map(see)] },
    weightsLocation,
    values.map(seen),
  );
}

/** An input of floats. */
function floats(name: string, dims: readonly number[]) {
  const dim = dims.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } }));
  const tensor = { elemType: DataType.FLOAT, shape: { dim } };
  const type = create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}
