/**
 * What the translation of one TensorFlow operator works with.
 *
 * @module
 */
import { nodeError } from "../nhwc/errors.ts";
import type { Scope, Term } from "../nhwc/terms.ts";
import type { Attributes } from "./attributes.ts";
import type { TfNode } from "./model.ts";

/** An operator to translate. */
export interface Operation extends Scope {
  readonly node: TfNode;
  readonly inputs: readonly Term[];
  readonly attributes: Attributes;
}

/** Translates an operator; gives its outputs. */
export type Translator = (operation: Operation) => Term | readonly Term[];

/** Refuses channels-first operators. */
export function requireChannelsLast(scope: Scope, attributes: Attributes): void {
  const format = attributes.text("data_format", "NHWC");
  if (format !== "NHWC")
    throw nodeError("unsupported", scope.where, `data_format ${format}: only NHWC is supported`);
}
