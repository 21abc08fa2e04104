/**
 * `POST /v1/classify`.
 *
 * @module
 */
import { z } from "zod";
import { prepare } from "../runtime/prepare.ts";
import { classify, DEFAULT_TOP_K } from "../runtime/tasks/classification.ts";
import type { AppContext } from "./context.ts";
import { infer } from "./infer.ts";
import { integer, modelQuery, number, parseQuery } from "./query.ts";

/** Parameters of `POST /v1/classify`. */
export const ClassifyQuery = z.object({
  ...modelQuery,
  top_k: integer(1, 1000).default(DEFAULT_TOP_K),
  threshold: number(0, 1).optional(),
});

/** Answers with the labels of the request's image, best first. */
export async function postClassify(c: AppContext): Promise<Response> {
  const { top_k: topK, threshold, ...request } = parseQuery(c.req.url, ClassifyQuery);
  const { identity, result } = await infer(c, { task: "classification", ...request }, async (task) => {
    const { input, image } = await prepare(task);
    const { card, sessions } = task.model;
    const classifier = { output: card.output, labels: card.labels, sessions };
    return { image, predictions: await classify(classifier, input, { topK, threshold }) };
  });
  return c.json({ ...identity, ...result });
}
