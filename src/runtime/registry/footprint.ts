/**
 * What models take of the memory: what engines estimate, or know once a model is open.
 *
 * @module
 */
import type { EngineProvider } from "../engines/engine.ts";
import type { Size } from "../preprocess/size.ts";
import type { Selection } from "./select.ts";
import type { LoadedModel } from "./types.ts";

/** What a model will take, open. */
export function modelBytes(provider: EngineProvider, selection: Selection): number {
  const { variant } = selection;
  return weightsOf(selection).reduce((sum, bytes) => sum + provider.modelBytes(bytes, variant), 0);
}

/** What an open model keeps, where its engine knows. */
export function keptBytes({ sessions }: LoadedModel): number | undefined {
  return knownSum(Object.values(sessions).map(({ weightsBytes }) => weightsBytes));
}

/** The sum of numbers, if there are any and all are known. */
function knownSum(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  if (known.length === 0 || known.length < numbers.length) return undefined;
  return known.reduce((sum, number) => sum + number, 0);
}

/** What a run takes, from the open graphs where they know: what one gives stays while the next one runs. */
export function runBytes(
  provider: EngineProvider,
  input: Size | number,
  model: LoadedModel | undefined,
): number {
  if (typeof input === "number") return provider.runBytes(input);
  const graphs = Object.values(model?.sessions ?? {}).map((session) => session.runBytes?.(input));
  return knownSum(graphs) ?? provider.runBytes(input.width * input.height);
}

/** Sizes of the weights of a model's graphs. */
export function weightsOf(selection: Selection): number[] {
  return Object.values(selection.stored.graphs).map((graph) => graph.weights.bytes);
}
