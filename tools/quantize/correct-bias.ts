/**
 * Bias correction: rounding a layer's weights shifts the mean of its output; the bias takes the shift back.
 *
 * Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction (2019), section 4.2: the shift is the rounding error
 * of the weights times the mean of the input, which was observed here.
 *
 * @module
 */
import { elementCount } from "../../src/runtime/onnx/tensor.ts";
import { layerOf } from "./layer.ts";
import { floatsOf, type Network } from "./network.ts";
import type { Observations } from "./observe.ts";
import { type Quantization, roundLayer } from "./round-layers.ts";

/** Corrects the biases of all layers that will be rounded. Layers without one, and those that share it, are left alone. */
export function correctBiases(
  network: Network,
  observations: Observations,
  quantization: Quantization,
): void {
  const uses = new Map<string, number>();
  for (const { input } of network.nodes) for (const name of input) uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const node of network.nodes) {
    const layer = layerOf(network, node);
    const bias = floatsOf(network, node.input[2] ?? "");
    const observed = observations.get(node.input[0]);
    const isShared = node.input.slice(1).some((name) => uses.get(name) !== 1);
    if (!layer || !bias || !observed || isShared) continue;
    const rounded = roundLayer(network, node, quantization);
    if (!rounded) continue;
    const { integers, scales } = rounded;
    const { weight, axis, inputAxis, groups } = layer;
    const data = weight.data as Float32Array;
    const strides = weight.dims.map((_, i) => elementCount(weight.dims.slice(i + 1)));
    const inputs = weight.dims[inputAxis];
    const perGroup = weight.dims[axis] / groups;
    const { sum, seen } = observed.channels;
    for (let at = 0; at < data.length; at++) {
      const c = Math.floor(at / strides[axis]) % weight.dims[axis];
      const i = Math.floor(at / strides[inputAxis]) % inputs;
      const channel = Math.floor(c / perGroup) * inputs + i;
      if (seen[channel] === 0) continue;
      bias.data[c] -= (integers[at] * scales[c] - data[at]) * (sum[channel] / seen[channel]);
    }
  }
}
