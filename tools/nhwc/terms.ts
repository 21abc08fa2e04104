/**
 * What the importers' operators work on: values of the network, and tensors that are known while importing.
 *
 * TensorFlow computes shapes, axes and folded weights in the graph itself. An operator whose inputs are all known is
 * evaluated at once (`evaluate.ts`); otherwise it becomes a node.
 *
 * @module
 */
import type { NetworkBuilder } from "./builder.ts";
import { nodeError, type Where } from "./errors.ts";
import type { Constant, Operand, Shape } from "./graph.ts";

/** A value of the network. */
export interface Value {
  readonly kind: "value";
  readonly name: string;
}

/** A tensor that is known while importing, row-major: weights (floats), or shapes, axes and flags (integers). */
export interface Known {
  readonly kind: "known";
  readonly dims: Shape;
  readonly data: Float32Array | Int32Array;
}

/** An operator's input or output. */
export type Term = Value | Known;

/** Where an operator is translated: the network that grows, and the operator's place for errors and names. */
export interface Scope {
  readonly network: NetworkBuilder;
  readonly where: Where;
}

/** Makes a value's term. */
export function value(name: string): Value {
  return { kind: "value", name };
}

/** Makes a known tensor. */
export function known(dims: Shape, data: Float32Array | Int32Array): Known {
  return { kind: "known", dims, data };
}

/** The dimensions of a term. */
export function termShape(scope: Scope, term: Term): Shape {
  return term.kind === "known" ? term.dims : scope.network.shape(term.name);
}

/** The term as a node's operand; integers become floats. */
export function operand(term: Term): Operand {
  if (term.kind === "value") return term.name;
  return { dims: term.dims, data: asFloats(term) };
}

/** The name of a term that must be a value of the network. */
export function wantValue(scope: Scope, term: Term | undefined, role: string): string {
  const given = wantTerm(scope, term, role);
  if (given.kind === "value") return given.name;
  throw nodeError("unsupported", scope.where, `its ${role} is a constant, not computed from an input`);
}

/** A term that must be there. */
export function wantTerm(scope: Scope, term: Term | undefined, role: string): Term {
  if (term) return term;
  throw nodeError("malformed", scope.where, `its ${role} is missing`);
}

/** A term that must be known. */
export function wantKnown(scope: Scope, term: Term | undefined, role: string): Known {
  const given = wantTerm(scope, term, role);
  if (given.kind === "known") return given;
  throw nodeError(
    "unsupported",
    scope.where,
    `its ${role} depends on the network's input, only a constant will do`,
  );
}

/** Known floats: weights, biases. */
export function wantFloats(scope: Scope, term: Term | undefined, role: string): Constant {
  const given = wantKnown(scope, term, role);
  return { dims: given.dims, data: asFloats(given) };
}

/** Known integers: axes, shapes, sizes. */
export function wantInts(scope: Scope, term: Term | undefined, role: string): number[] {
  const given = wantKnown(scope, term, role);
  // Lists of axes and sizes have no more entries than a tensor has axes, twice that for padding.
  if (given.data.length > 64)
    throw nodeError("malformed", scope.where, `its ${role} has ${given.data.length} entries`);
  return Array.from(given.data);
}

/** One known number. */
export function wantNumber(scope: Scope, term: Term | undefined, role: string): number {
  const numbers = wantInts(scope, term, role);
  const [number] = numbers;
  if (number !== undefined && numbers.length === 1) return number;
  throw nodeError("malformed", scope.where, `its ${role} is not one number`);
}

/** An axis that may count from the end, as one that counts from the start. */
export function wantAxis(scope: Scope, axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw nodeError("malformed", scope.where, `axis ${axis} of a tensor of ${rank} dimensions`);
}

function asFloats(term: Known): Float32Array {
  return term.data instanceof Float32Array ? term.data : Float32Array.from(term.data);
}
