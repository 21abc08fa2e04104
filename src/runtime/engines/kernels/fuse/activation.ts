/**
 * Moves an activation into the layer that computes its input.
 *
 * @module
 */
import type { Constants } from "../constants.ts";
import { givesFloats, isProductActivation } from "./products.ts";
import type { Rewrite } from "./rewrite.ts";

/** A convolution, product or sum followed by an activation becomes one layer, unless the product of integers does not know the activation. */
export function fuseActivation(constants: Constants): Rewrite {
  return (layer, around) => {
    if (layer.kind !== "activation") return undefined;
    const input = layer.inputs[0] ?? "";
    const maker = around.maker(input);
    if (!maker || !around.readOnce(input)) return undefined;
    const { activation, output, node } = layer;
    switch (maker.kind) {
      case "conv":
      case "convTranspose":
      case "gemm":
      case "binary": {
        if (maker.activation.kind !== "none") return undefined;
        const becomesBytes = around.onlyReader(output)?.kind === "quantize";
        if (!isProductActivation(activation, becomesBytes) && givesFloats(maker, around, constants)) {
          return undefined;
        }
        // What is reported stays the heavier node: the activation is part of it.
        return { ...maker, activation, output, node: maker.kind === "binary" ? node : maker.node };
      }
      default:
        return undefined;
    }
  };
}
