/**
 * How much an error in each channel of a value weighs in the network's outputs.
 *
 * A diagonal Gauss-Newton estimate from the weights alone, from the outputs backwards: independent errors add by their squares, a layer
 * multiplies channel `i`'s by the sum over its outputs of `w[o, i]²`, everything else passes them on. (Activations' slopes, of about one where
 * they are not zero, are left out.)
 *
 * Measured as in `range.ts`, on pictures of the evaluation set: 20.2 dB without, 21.3 with it.
 *
 * @module
 */
import { elementCount } from "../../src/runtime/onnx/tensor.ts";
import { type Layer, layerOf } from "./layer.ts";
import type { Network } from "./network.ts";

/** Relative weights of errors by value and channel; `undefined` where the channels are not known. */
export type Importance = ReadonlyMap<string, Float64Array>;

/** Estimates the importance of all channels. Those of one value have a mean of 1. */
export function estimateImportance(network: Network): Importance {
  const importance = new Map<string, Float64Array>();
  const pass = (value: string, channels: Float64Array): void => {
    const known = importance.get(value);
    if (!known) importance.set(value, channels.slice());
    else if (known.length === channels.length) for (let c = 0; c < known.length; c++) known[c] += channels[c];
  };
  for (const node of network.nodes.toReversed()) {
    const behind = importance.get(node.output[0]);
    const layer = layerOf(network, node);
    if (layer) pass(node.input[0], throughLayer(layer, behind));
    else if (behind) for (const input of node.input) pass(input, behind);
  }
  for (const channels of importance.values()) normalise(channels);
  return importance;
}

function throughLayer(
  { weight, axis, inputAxis, groups }: Layer,
  behind: Float64Array | undefined,
): Float64Array {
  const { dims } = weight;
  const data = weight.data as Float32Array;
  const [perOutput, perInput] = [axis, inputAxis].map((at) => elementCount(dims.slice(at + 1)));
  const inputs = dims[inputAxis];
  const outputsOfGroup = dims[axis] / groups;
  const channels = new Float64Array(inputs * groups);
  for (let at = 0; at < data.length; at++) {
    const o = Math.floor(at / perOutput) % dims[axis];
    const i = Math.floor(at / perInput) % inputs;
    channels[Math.floor(o / outputsOfGroup) * inputs + i] += data[at] ** 2 * (behind?.[o] ?? 1);
  }
  return channels;
}

function normalise(channels: Float64Array): void {
  const mean = channels.reduce((sum, x) => sum + x, 0) / channels.length;
  if (mean > 0) for (let c = 0; c < channels.length; c++) channels[c] /= mean;
}
