/**
 * Activations that the sources fuse into other operators.
 *
 * @module
 */
import type { UnaryFunction } from "../graph.ts";
import type { Scope, Term } from "../terms.ts";
import { unary } from "./arithmetic.ts";

/** TensorFlow's Relu6. */
export const RELU6: UnaryFunction = { kind: "clip", min: 0, max: 6 };

/**
 * Makes what an operator computes and puts an activation behind it; the activation's value gets the operator's name, as in the source.
 *
 * @param make Translates the operator itself in the scope that it is given.
 */
export function activated(
  scope: Scope,
  activation: UnaryFunction | undefined,
  make: (inner: Scope) => Term,
): Term {
  if (!activation) return make(scope);
  const inner = { ...scope, where: { ...scope.where, node: `${scope.where.node}/linear` } };
  return unary(scope, activation, make(inner));
}
