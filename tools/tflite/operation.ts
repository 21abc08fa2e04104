/**
 * What the translation of one TensorFlow Lite operator works with.
 *
 * @module
 */
import { nodeError } from "../nhwc/errors.ts";
import type { UnaryFunction } from "../nhwc/graph.ts";
import { activated, RELU6 } from "../nhwc/operations/activate.ts";
import type { PaddingScheme } from "../nhwc/padding.ts";
import type { Scope, Term } from "../nhwc/terms.ts";
import type { Table } from "./flatbuffer.ts";

/** An operator to translate. */
export interface Operation extends Scope {
  /** Undefined for inputs that are left out. */
  readonly inputs: readonly (Term | undefined)[];
  /** Its options; an absent table has all defaults. */
  readonly options: Table | undefined;
  readonly customOptions: Uint8Array | undefined;
}

/** Translates an operator; gives its outputs. */
export type Translator = (operation: Operation) => Term | readonly Term[];

/** By number in the schema's `ActivationFunctionType`; 5 (SIGN_BIT) has never been in use. */
const ACTIVATIONS: readonly (UnaryFunction | undefined)[] = [
  undefined,
  { kind: "relu" },
  { kind: "clip", min: -1, max: 1 },
  RELU6,
  { kind: "tanh" },
];

/** Translates an operator with the activation that field `field` of its options names. */
export function withActivation(operation: Operation, field: number, make: (scope: Scope) => Term): Term {
  const number = operation.options?.int8(field, 0) ?? 0;
  if (number !== 0 && ACTIVATIONS[number] === undefined) {
    throw nodeError("unsupported", operation.where, `the fused activation ${number} is not supported`);
  }
  return activated(operation, ACTIVATIONS[number], make);
}

/** By number in the schema's `Padding`. */
export function paddingOf(operation: Operation, field: number): PaddingScheme {
  const number = operation.options?.int8(field, 0) ?? 0;
  const scheme = (["SAME", "VALID"] as const)[number];
  if (scheme) return scheme;
  throw nodeError("malformed", operation.where, `padding ${number} is neither SAME (0) nor VALID (1)`);
}

/** An integer option with the schema's default. */
export function intOption(operation: Operation, field: number, fallback = 0): number {
  return operation.options?.int32(field, fallback) ?? fallback;
}

/** A yes-or-no option; no by default. */
export function boolOption(operation: Operation, field: number): boolean {
  return operation.options?.bool(field) ?? false;
}
