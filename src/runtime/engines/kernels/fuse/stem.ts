/**
 * Lets the first convolution read the graph's input as it comes.
 *
 * @module
 */
import type { Rewrite } from "./rewrite.ts";

/** Most channels of an input that is unfolded: pictures. */
const MAX_CHANNELS = 4;

/** A convolution of a graph input that nothing else reads becomes a stem. */
export const fuseStem: Rewrite = (layer, around) => {
  if (layer.kind !== "conv" || layer.group !== 1 || layer.residual) return undefined;
  const [source = ""] = layer.inputs;
  if (around.maker(source)?.kind !== "input" || !around.readOnce(source)) return undefined;
  if (layer.weightDims[1] > MAX_CHANNELS || layer.window.dilation.join() !== "1,1") return undefined;
  const { node, output, weight, bias, weightDims, window, activation } = layer;
  return { kind: "stem", node, inputs: [], output, source, weight, bias, weightDims, window, activation };
};
