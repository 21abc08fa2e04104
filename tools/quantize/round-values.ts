/**
 * Puts values of a network through bytes: QuantizeLinear, then DequantizeLinear.
 *
 * @module
 */
import type { NodeProto } from "../onnx/onnx_pb.ts";
import { addConstants, makeNode, type Network } from "./network.ts";
import type { QuantizationParameters } from "./parameters.ts";

/** Every value with parameters gets one pair of nodes, which all its users share. What gives shapes goes on reading the value itself. */
export function roundValues(
  network: Network,
  parameters: ReadonlyMap<string, QuantizationParameters>,
): Network {
  const nodes: NodeProto[] = [];
  const { tensors, constant } = addConstants(network.tensors, "v");
  const widened = new Map<string, string>();
  const round = (value: string): void => {
    const own = parameters.get(value);
    if (!own) return;
    const scalars = [constant(Float32Array.of(own.scale), []), constant(Uint8Array.of(own.zeroPoint), [])];
    // Short names: a graph has some two hundred of them.
    const [bytes, floats] = [`q${widened.size}`, `d${widened.size}`];
    nodes.push(makeNode("QuantizeLinear", [value, ...scalars], bytes));
    nodes.push(makeNode("DequantizeLinear", [bytes, ...scalars], floats));
    widened.set(value, floats);
  };
  for (const input of network.inputs) round(input);
  for (const node of network.nodes) {
    const input = node.opType === "Shape" ? node.input : node.input.map((one) => widened.get(one) ?? one);
    nodes.push({ ...node, input });
    for (const output of node.output) round(output);
  }
  return { ...network, nodes, tensors };
}
