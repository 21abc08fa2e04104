/**
 * Squeeze-and-excitation (Hu et al., 2018; torchvision `SqueezeExcitation`): pool, two fully connected layers, gate.
 *
 * @module
 */
import type { Layer } from "../layers.ts";
import type { Neighbours, Rewrite } from "./rewrite.ts";

/** A plain 1×1 convolution, as the fully connected layers are written. */
function pointwise(layer: Layer | undefined) {
  if (layer?.kind !== "conv" || layer.group !== 1 || layer.residual) return undefined;
  const [, , height, width] = layer.weightDims;
  const padded = typeof layer.window.padding !== "string" && layer.window.padding.some((pad) => pad > 0);
  return height === 1 && width === 1 && !padded ? layer : undefined;
}

/** `conv1×1(conv1×1(globalAverage(x)))` becomes one layer that makes the gate; what multiplies by the gate stays. */
export const fuseSqueeze: Rewrite = (layer: Layer, around: Neighbours) => {
  const expand = pointwise(layer);
  const squeeze = expand && pointwise(around.maker(expand.inputs[0] ?? ""));
  const pool = squeeze && around.maker(squeeze.inputs[0] ?? "");
  if (!expand || !squeeze || pool?.kind !== "globalPool" || pool.mode !== "average") return undefined;
  if (!around.readOnce(squeeze.output) || !around.readOnce(pool.output)) return undefined;
  const [squeezed, channels] = squeeze.weightDims;
  return {
    kind: "squeeze",
    node: pool.node,
    inputs: pool.inputs,
    output: expand.output,
    weights: [squeeze.weight, expand.weight],
    biases: [squeeze.bias, expand.bias],
    channels: [channels, squeezed, expand.weightDims[0]],
    activations: [squeeze.activation, expand.activation],
  };
};
