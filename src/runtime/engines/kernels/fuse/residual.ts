/**
 * Adds the shortcut of a residual block while the convolution before it is written.
 *
 * @module
 */
import type { Constants } from "../constants.ts";
import { givesFloats } from "./products.ts";
import type { Rewrite } from "./rewrite.ts";

/**
 * `conv(a) + b` of one shape becomes a convolution with a residual; its own activation must still be none. A product of integers stays one by
 * taking bytes only.
 */
export function fuseResidual(constants: Constants): Rewrite {
  return (layer, around) => {
    if (layer.kind !== "binary" || layer.op !== "Add") return undefined;
    const { left, right } = layer;
    if (!("value" in left && "value" in right) || left.value === right.value) return undefined;
    const dims = around.dims(layer.output).join();
    for (const [own, other] of [
      [right.value, left.value],
      [left.value, right.value],
    ] as const) {
      const conv = around.maker(own);
      const plain =
        conv?.kind === "conv" && conv.group === 1 && conv.activation.kind === "none" && !conv.residual;
      if (!plain || !around.readOnce(own)) continue;
      if (around.maker(other)?.kind !== "dequantize" && givesFloats(conv, around, constants)) continue;
      if (around.dims(own).join() !== dims || around.dims(other).join() !== dims) continue;
      const inputs = [...conv.inputs, other];
      return { ...conv, inputs, residual: other, activation: layer.activation, output: layer.output };
    }
    return undefined;
  };
}
