/**
 * Bias correction: rounding a layer's weights shifts the mean of its output; the bias takes the shift back.
 *
 * Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction (2019), section 4.2: the shift is the rounding error
 * of the weights times the mean of the input, which was observed here. Measured as in `range.ts`, on pictures of the evaluation set: 18.3 dB
 * without, 20.2 with it.
 *
 * @module
 */

import { elementCount } from "../../src/runtime/onnx/tensor.ts";
import type { NodeProto } from "../onnx/onnx_pb.ts";
import { type Layer, layerOf } from "./layer.ts";
import { floatsOf, linksOf, type Network } from "./network.ts";
import type { Observations, Observed } from "./observe.ts";
import { type Quantization, roundLayer } from "./round-layers.ts";
import type { RoundedWeights } from "./weights.ts";

/**
 * Corrects the biases of the layers that will be rounded. Layers without one, and those that share it, are left alone.
 *
 * @param only one of the nodes; all when left out
 */
export function correctBiases(
  network: Network,
  observations: Observations,
  quantization: Quantization,
  only?: NodeProto,
): void {
  const { consumers } = linksOf(network);
  for (const node of only ? [only] : network.nodes) {
    const bias = floatsOf(network, node.input[2] ?? "");
    const observed = observations.get(node.input[0]);
    const isOwn = node.input.slice(1).every((name) => consumers.get(name)?.length === 1);
    const layer = layerOf(network, node);
    const rounded = bias && observed && isOwn ? roundLayer(network, node, quantization) : undefined;
    if (!bias || !observed || !layer || !rounded) continue;
    subtractShift(bias.data, layer, rounded, observed.channels);
  }
}

/** Takes from each bias the mean of what the weights' errors add to its channel. */
function subtractShift(
  bias: Float32Array,
  { weight, axis, inputAxis, groups }: Layer,
  { integers, scales }: RoundedWeights,
  { sum, seen }: Observed["channels"],
): void {
  const { dims } = weight;
  const data = weight.data as Float32Array;
  const [perOutput, perInput] = [axis, inputAxis].map((at) => elementCount(dims.slice(at + 1)));
  const inputs = dims[inputAxis];
  const outputsOfGroup = dims[axis] / groups;
  for (let at = 0; at < data.length; at++) {
    const o = Math.floor(at / perOutput) % dims[axis];
    const channel = Math.floor(o / outputsOfGroup) * inputs + (Math.floor(at / perInput) % inputs);
    if (seen[channel] > 0) bias[o] -= (integers[at] * scales[o] - data[at]) * (sum[channel] / seen[channel]);
  }
}
