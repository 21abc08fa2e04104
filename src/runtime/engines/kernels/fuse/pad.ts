/**
 * Folds zero padding into the convolution that reads it.
 *
 * @module
 */
import type { Pads } from "../geometry.ts";
import type { InferContext } from "../infer/index.ts";
import { resolvePadding } from "../infer/shape.ts";
import { optionalValues } from "../infer/types.ts";
import type { Rewrite } from "./rewrite.ts";
import type { ContextOf } from "./types.ts";

/** The padding of height and width that a Pad layer adds; `undefined` when it pads otherwise, or with anything but zeros. */
function zeroPads(context: InferContext): Pads | undefined {
  const fill = optionalValues(context, 2)?.[0] ?? 0;
  const { begin, end } = resolvePadding(context);
  const spatial = [begin[2], begin[3], end[2], end[3]].map((pad) => pad ?? 0) as unknown as Pads;
  const others = [begin[0], begin[1], end[0], end[1]].every((pad) => pad === 0);
  return begin.length === 4 && others && fill === 0 && spatial.every((pad) => pad >= 0) ? spatial : undefined;
}

/** `conv(pad(x))` becomes one convolution. */
export function fusePad(contextOf: ContextOf): Rewrite {
  return (layer, around) => {
    if (layer.kind !== "conv" || typeof layer.window.padding === "string") return undefined;
    const [input = "", ...rest] = layer.inputs;
    const maker = around.maker(input);
    if (maker?.kind !== "move" || maker.node.op !== "Pad") return undefined;
    const pads = zeroPads(contextOf(maker));
    if (!pads) return undefined;
    const own = layer.window.padding;
    const padding = own.map((pad, i) => pad + (pads[i] ?? 0)) as unknown as Pads;
    return { ...layer, inputs: [maker.inputs[0] ?? "", ...rest], window: { ...layer.window, padding } };
  };
}
