/**
 * Shapes, and values where they are known, of elementwise operators.
 *
 * @module
 */
import type { GraphNode } from "../../../onnx/types.ts";
import { unsupported } from "../unsupported.ts";
import type { InferContext, InferRule, Inferred } from "./types.ts";
import { inputOf, showDims } from "./types.ts";

/** Broadcasts two shapes as NumPy does. */
export function broadcastDims(node: GraphNode, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      unsupported(node, `${showDims(a)} and ${showDims(b)} do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

const integer = (type: Inferred["type"]) => type === "int64" || type === "int32";

function binary(apply: (a: number, b: number) => number): InferRule {
  return (context) => {
    const a = inputOf(context, 0);
    const b = inputOf(context, 1);
    const dims = broadcastDims(context.node, a.dims, b.dims);
    const { type } = a;
    // Contents are followed for scalars and vectors only, which is what shapes are computed with.
    if (!a.values || !b.values || dims.length > 1) return [{ type, dims }];
    const left = a.values;
    const right = b.values;
    const count = dims[0] ?? 1;
    const values = Array.from({ length: count }, (_, i) => {
      const value = apply(left[i % left.length] ?? 0, right[i % right.length] ?? 0);
      return integer(type) ? Math.trunc(value) : value;
    });
    return [{ type, dims, values }];
  };
}

function unary(apply?: (value: number) => number): InferRule {
  return (context) => {
    const input = inputOf(context, 0);
    const { type, dims } = input;
    if (!apply || !input.values) return [{ type, dims }];
    return [{ type, dims, values: input.values.map(apply) }];
  };
}

function inferPRelu(context: InferContext) {
  const { dims } = inputOf(context, 0);
  return [{ type: "float32" as const, dims: broadcastDims(context.node, dims, inputOf(context, 1).dims) }];
}

/** Rules by operator. */
export const elementwiseRules: Readonly<Record<string, InferRule>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Min: binary(Math.min),
  Max: binary(Math.max),
  Relu: unary(),
  LeakyRelu: unary(),
  Clip: unary(),
  HardSwish: unary(),
  HardSigmoid: unary(),
  Sigmoid: unary(),
  Tanh: unary(),
  Softmax: unary(),
  Exp: unary(),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Identity: unary((value) => value),
  Dropout: unary((value) => value),
  PRelu: inferPRelu,
};
