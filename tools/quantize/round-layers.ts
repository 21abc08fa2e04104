/**
 * Stores the weights of a network's layers as bytes, behind DequantizeLinear, and their biases as int32 at the scale of the products.
 *
 * @module
 */

import { roundHalfEven, saturateInt32 } from "../../src/runtime/rounding.ts";
import type { NodeProto } from "../onnx/onnx_pb.ts";
import { type Layer, layerOf } from "./layer.ts";
import { addConstants, floatsOf, makeNode, type Network } from "./network.ts";
import type { QuantizationParameters } from "./parameters.ts";
import { NARROW, type RoundedWeights, roundWeights, WIDE } from "./weights.ts";

/** What becomes bytes, and how. */
export interface Quantization {
  /** By value. Layers that take a value which is not rounded compute in fp32. */
  readonly parameters: ReadonlyMap<string, QuantizationParameters>;
  /** Layers, by the name of their output, whose weights take all of a signed byte. */
  readonly wide: ReadonlySet<string>;
}

/**
 * Layers that compute in fp32 have weights of bytes only where there are more than these (bytes of fp32): it is for the file's size alone. CenterNet's first
 * layers, which are small, are among those that 8 bits hurt.
 */
const SMALL = 32_768;

/** Half of what int32 holds: a sum of products is added to a bias. */
const MOST_BIAS = 2 ** 30;

/** A layer's weights as bytes; `undefined` for nodes that are no layers, or stay in fp32. */
export function roundLayer(
  network: Network,
  node: NodeProto,
  { parameters, wide }: Quantization,
): RoundedWeights | undefined {
  const layer = layerOf(network, node);
  const input = parameters.get(node.input[0]);
  if (!layer || (!input && layer.weight.data.byteLength <= SMALL)) return undefined;
  const bias = floatsOf(network, node.input[2] ?? "");
  return roundWeights(
    layer.weight.data as Float32Array,
    layer.weight.dims,
    layer.axis,
    // No dot products of bytes ask for narrow ones where the layer computes in fp32.
    wide.has(node.output[0]) || !input ? WIDE : NARROW,
    (channel) => (input ? Math.abs(bias?.data[channel] ?? 0) / input.scale / MOST_BIAS : 0),
  );
}

/** A network whose layers hold integers. Weights that several layers share are stored once; a bias, once for each scale of their inputs. */
export function roundLayers(network: Network, quantization: Quantization): Network {
  const nodes: NodeProto[] = [];
  const { tensors, constant } = addConstants(network.tensors, "w");
  let made = 0;
  /** Widens integers by the channels' scales. No zero point says that it is zero. */
  const dequantize = (integers: string, scales: Float32Array, axis: number): string => {
    const output = `l${made++}`;
    nodes.push(makeNode("DequantizeLinear", [integers, constant(scales, [scales.length])], output, { axis }));
    return output;
  };
  const weights = new Map<string, { output: string; scales: Float32Array }>();
  const weightOf = (
    node: NodeProto,
    { weight, axis }: Layer,
  ): { output: string; scales: Float32Array } | undefined => {
    const known = weights.get(weight.name);
    const rounded = known ? undefined : roundLayer(network, node, quantization);
    if (!rounded) return known;
    const { integers, scales } = rounded;
    tensors.set(weight.name, { ...weight, data: integers });
    const output = dequantize(weight.name, scales, axis);
    weights.set(weight.name, { output, scales });
    return { output, scales };
  };
  const biases = new Map<string, string>();
  const biasOf = (
    name: string,
    { scale }: QuantizationParameters,
    weightScales: Float32Array,
  ): string | undefined => {
    const bias = floatsOf(network, name);
    const key = `${name} ${scale}`;
    const known = biases.get(key);
    if (!bias || known !== undefined) return known;
    const scales = weightScales.map((one) => one * scale);
    const data = Int32Array.from(bias.data, (value, c) => saturateInt32(roundHalfEven(value / scales[c])));
    const integers =
      biases.size > 0 && tensors.get(name)?.data instanceof Int32Array ? `${name}.${made}` : name;
    tensors.set(integers, { name: integers, dims: bias.dims, data });
    const output = dequantize(integers, scales, 0);
    biases.set(key, output);
    return output;
  };

  for (const node of network.nodes) {
    const layer = layerOf(network, node);
    const own = quantization.parameters.get(node.input[0]);
    const weight = layer && weightOf(node, layer);
    const input = [...node.input];
    if (weight) input[1] = weight.output;
    const bias = own && weight && biasOf(input[2] ?? "", own, weight.scales);
    if (bias !== undefined) input[2] = bias;
    nodes.push({ ...node, input });
  }
  return { ...network, nodes, tensors };
}
