/**
 * What is asked of a picture: with the picture itself, all that decides an answer.
 *
 * @module
 */
import type { Card } from "../runtime/card.ts";
import type { EngineName } from "../runtime/engines/engine.ts";
import type { Selection } from "../runtime/registry/select.ts";

/** See the module. */
export interface Question {
  /** The networks that are run. */
  readonly models: readonly Selection[];
  /** The route's parameters, parsed, their defaults filled in. */
  readonly query: { readonly engine?: EngineName | undefined };
}

/** Parameters that only say which networks are run: which they are is told by the models and engines. */
const CHOICES: ReadonlySet<string> = new Set(["model", "variant", "engine", "classifier", "detector"]);

/**
 * The question as plain values, the same for all that mean the same: to be made a key of.
 *
 * @param engines those of the deployment, which run what names none
 */
export function questionParts({ models, query }: Question, engines: readonly EngineName[]) {
  return {
    models: models.map(({ variant, stored, model }) => [variant, stored.sha256, relevant(model.card)]),
    engines: query.engine ?? engines,
    options: Object.entries(query)
      .filter(([name]) => !CHOICES.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** What of a card shapes an answer: the same weights may have been installed anew with other labels. */
function relevant({ name, preprocess, output, labels }: Card) {
  return { name, preprocess, output, labels };
}
