/**
 * Lets the first convolution read the graph's input as it comes.
 *
 * @module
 */
import type { ConvLayer } from "../layers.ts";
import { sameQuantization } from "../quantization.ts";
import type { Neighbours, Rewrite } from "./rewrite.ts";

/** Most channels of an input that is unfolded: pictures. */
const MAX_CHANNELS = 4;

/** Channels of an input that is unfolded as bytes: the kernel maps red, green and blue. */
const BYTE_CHANNELS = 3;

/** The graph input that a convolution reads, and nothing else does. */
function sourceOf(layer: ConvLayer, around: Neighbours): string | undefined {
  const [input = ""] = layer.inputs;
  const maker = around.maker(input);
  if (!around.readOnce(input)) return undefined;
  if (!layer.bytes) return maker?.kind === "input" ? input : undefined;
  const [from] = layer.bytes.inputs;
  if (maker?.kind !== "quantize" || !from || !sameQuantization(maker.quantization, from)) return undefined;
  const [source = ""] = maker.inputs;
  const fits = layer.weightDims[1] === BYTE_CHANNELS && around.readOnce(source);
  return fits && around.maker(source)?.kind === "input" ? source : undefined;
}

/** A convolution of a graph input becomes a stem; one on bytes takes in the quantization of its input. */
export const fuseStem: Rewrite = (layer, around) => {
  if (layer.kind !== "conv" || layer.group !== 1 || layer.residual) return undefined;
  if (layer.weightDims[1] > MAX_CHANNELS || layer.window.dilation.join() !== "1,1") return undefined;
  const source = sourceOf(layer, around);
  if (source === undefined) return undefined;
  const { node, output, weight, bias, weightDims, window, activation, bytes } = layer;
  const stem = {
    kind: "stem",
    node,
    inputs: [],
    output,
    source,
    weight,
    bias,
    weightDims,
    window,
    activation,
  } as const;
  return bytes ? { ...stem, bytes } : stem;
};
