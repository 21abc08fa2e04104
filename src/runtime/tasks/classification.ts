/**
 * Classification: a prepared picture in, labels with scores out.
 *
 * @module
 */
import type { Output } from "../card.ts";
import { EngineError, type PictureTensor, type Session } from "../engines/engine.ts";
import { readOutputs } from "./read-outputs.ts";

/** An open classifier. */
export interface Classifier {
  /** The card's output. */
  readonly output: Output;
  /** Names in the order of the class index. */
  readonly labels: readonly string[];
  /** By role; a classifier has `model`. */
  readonly sessions: Readonly<Record<string, Session>>;
}

/** What a request may ask. */
export interface ClassifyOptions {
  /** How many labels at most; 5 by default. */
  readonly topK?: number | undefined;
  /** The lowest score that is given; all by default. */
  readonly threshold?: number | undefined;
  /** Whether a label may be given; all may by default. */
  readonly wanted?: ((label: string) => boolean) | undefined;
}

/** One label of a picture. */
export interface Prediction {
  readonly label: string;
  /** The class index, as the card's labels count. */
  readonly index: number;
  /** After the card's function, unrounded: 0 to 1 for `softmax` and `sigmoid`. */
  readonly score: number;
}

/** How many labels are given when a request does not say. */
export const DEFAULT_TOP_K = 5;

/**
 * Names what a prepared picture shows.
 *
 * @param input the picture as the card's `preprocess` makes it
 * @returns labels, best first
 * @throws {EngineError} when the graph does not fit the card
 * @example
 * const labels = await classify(classifier, tensor, { topK: 3 });
 * // [{ label: "tabby", index: 281, score: 0.61 }, …]
 */
export async function classify(
  classifier: Classifier,
  input: PictureTensor,
  options: ClassifyOptions = {},
): Promise<Prediction[]> {
  const { output, sessions, labels } = classifier;
  const { model } = sessions;
  if (output.kind !== "logits" || model === undefined) {
    throw new EngineError("unsupported_graph", `an output of kind '${output.kind}' is not a classifier's`);
  }
  return readOutputs(model, { [model.inputs[0].name]: input }, (outputs) => {
    const logits = outputs[model.outputs[0].name].data;
    if (logits.length !== labels.length) {
      throw new EngineError(
        "unsupported_graph",
        `the network gives ${logits.length} scores, the card has ${labels.length} labels`,
      );
    }
    return bestLabels(toScores(logits, output.function_to_apply), labels, options);
  });
}

/**
 * The labels with the highest scores, best first; equal scores in the order of the index, as torch's `topk` usually has it.
 *
 * Few are kept of many, so each score is put where it belongs among those so far: to sort all thousand would take longer than their
 * softmax.
 */
export function bestLabels(
  scores: Float64Array,
  labels: readonly string[],
  { topK = DEFAULT_TOP_K, threshold = Number.NEGATIVE_INFINITY, wanted = () => true }: ClassifyOptions,
): Prediction[] {
  const best: number[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    if (!(score >= threshold)) continue;
    let place = best.length;
    while (place > 0 && scores[best[place - 1]] < score) place--;
    if (place >= topK || !wanted(labels[index])) continue;
    best.splice(place, 0, index);
    if (best.length > topK) best.pop();
  }
  return best.map((index) => ({ label: labels[index], index, score: scores[index] }));
}

/** Logits to scores. The largest is taken off before the exponential, so that nothing overflows. */
export function toScores(logits: Float32Array, apply: "softmax" | "sigmoid" | "none"): Float64Array {
  const scores = new Float64Array(logits);
  if (apply === "none") return scores;
  if (apply === "sigmoid") return scores.map((x) => 1 / (1 + Math.exp(-x)));
  const largest = scores.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i] - largest);
    sum += scores[i];
  }
  for (let i = 0; i < scores.length; i++) scores[i] /= sum;
  return scores;
}
