/**
 * What moves numbers and computes none.
 *
 * @module
 */
import { numberAttribute, stringAttribute } from "../../../onnx/read.ts";
import type { GraphNode } from "../../../onnx/types.ts";
import type { Layer } from "../layers.ts";
import { unsupported } from "../unsupported.ts";
import { base, type Scope, type Translate, valueInput } from "./types.ts";

/** Other dims for the same numbers, in the same order. */
export const reshape: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "reshape",
});

/** Numbers at other places: what becomes of them is told by the node. */
export const move: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "move",
});

/** Padding, of which only zeros (or another constant) are supported. */
export const pad: Translate = (node, scope) => {
  const mode = stringAttribute(node, "mode", "constant");
  if (mode !== "constant") unsupported(node, `mode "${mode}"`);
  return move(node, scope);
};

/** Concat, of values only. */
export const concat: Translate = (node, scope) => {
  const rank = scope.inference.get(node.outputs[0] ?? "")?.dims.length ?? 0;
  const axis = numberAttribute(node, "axis", 0);
  return {
    ...base(
      node,
      node.inputs.map((_, i) => valueInput(node, i, scope)),
    ),
    kind: "concat",
    axis: axis < 0 ? axis + rank : axis,
  };
};

/** A Split as one layer an output. */
export function split(node: GraphNode, scope: Scope): Layer[] {
  return node.outputs.map((output) => ({ ...move(node, scope), output }) as Layer);
}
