/**
 * Activations, and operators of two values.
 *
 * @module
 */
import { numberAttribute } from "../../../onnx/read.ts";
import type { GraphNode } from "../../../onnx/types.ts";
import { contextOf } from "../infer/index.ts";
import { optionalValues } from "../infer/types.ts";
import { type Activation, type BinaryLayer, type BinaryOperand, NONE } from "../layers.ts";
import { unsupported } from "../unsupported.ts";
import { base, type Scope, type Translate, valueInput } from "./types.ts";

/** An activation. @param read what a node asks for */
export function activation(read: (node: GraphNode, scope: Scope) => Activation): Translate {
  return (node, scope) => ({
    ...base(node, [valueInput(node, 0, scope)]),
    kind: "activation",
    activation: read(node, scope),
  });
}

/** Clip's bounds: attributes until opset 10, inputs from 11 on. */
export function clip(node: GraphNode, { graph, inference }: Scope): Activation {
  const context = contextOf(graph, inference, node);
  const bound = (index: number, attribute: string, otherwise: number) =>
    (context.inputs[index] ? optionalValues(context, index)?.[0] : undefined) ??
    numberAttribute(node, attribute, otherwise);
  const min = bound(1, "min", Number.NEGATIVE_INFINITY);
  const max = bound(2, "max", Number.POSITIVE_INFINITY);
  return min === 0 && max === Number.POSITIVE_INFINITY ? { kind: "relu" } : { kind: "clip", min, max };
}

/** An operator of two values, one of which may be a constant or a number. */
export function binary(op: BinaryLayer["op"]): Translate {
  return (node, scope) => {
    const operand = (index: number): BinaryOperand => {
      const name = node.inputs[index] ?? "";
      if (name === "") unsupported(node, `input ${index} is missing`);
      const values = scope.inference.get(name)?.values;
      if (values?.length === 1) return { scalar: values[0] ?? 0 };
      return scope.constants.has(name) ? { constant: name } : { value: name };
    };
    const left = operand(0);
    const right = operand(1);
    const inputs = [left, right].flatMap((side) => ("value" in side ? [side.value] : []));
    if (inputs.length === 0) unsupported(node, "both inputs are constants");
    return { ...base(node, inputs), kind: "binary", op, left, right, activation: NONE };
  };
}
