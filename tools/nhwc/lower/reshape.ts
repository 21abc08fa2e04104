/**
 * Reshaping: the one operator whose meaning depends on the order of elements.
 *
 * @module
 */
import type { Attribute } from "../../onnx/builder.ts";
import type { ReshapeNode, Shape } from "../graph.ts";
import type { Lowering } from "./context.ts";
import { channelsLast, dimsOf, ints } from "./context.ts";
import { isOrderFree, isPicture, onnxShape, TO_FIRST } from "./layout.ts";

/** Writes a Reshape with as few transpositions as its two layouts allow. */
export function lowerReshape(
  context: Lowering,
  node: ReshapeNode,
  input: string,
  emit: (op: string, inputs: readonly string[], attributes?: Record<string, Attribute>) => string,
): string {
  const { graph } = context;
  const from = dimsOf(context, node.input);
  const to = node.shape;
  if (keepsChannels(from, to) || (isOrderFree(from) && isOrderFree(to))) {
    return emit("Reshape", [input, ints(context, onnxShape(to))]);
  }
  const source = isOrderFree(from) ? input : channelsLast(context, node.input);
  if (isOrderFree(to)) return emit("Reshape", [source, ints(context, onnxShape(to))]);
  const reshaped = graph.node("Reshape", [source, ints(context, to)], {}, `${node.name}/channels_last`);
  return emit("Transpose", [reshaped], { perm: TO_FIRST });
}

/** From picture to picture with the same batch and channels: pixels are only counted anew, in either layout. */
function keepsChannels(from: Shape, to: Shape): boolean {
  return isPicture(from) && isPicture(to) && from[0] === to[0] && from[3] === to[3];
}
