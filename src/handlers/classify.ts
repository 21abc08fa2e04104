/**
 * `POST /v1/classify`.
 *
 * @module
 */
import * as z from "zod";
import { classify, DEFAULT_TOP_K } from "../runtime/tasks/classification.ts";
import { labelFilter } from "../runtime/tasks/tagging.ts";
import { answerImages } from "./answer-images.ts";
import type { AppContext } from "./context.ts";
import { choose, openFor } from "./infer.ts";
import { integer, labelQuery, modelQuery, number, parseQuery } from "./query.ts";

/** Parameters of `POST /v1/classify`. */
export const ClassifyQuery = z.object({
  ...modelQuery,
  top_k: integer(1, 1000).describe("How many labels at most.").default(DEFAULT_TOP_K),
  threshold: number(0, 1).describe("The lowest score that is given; all by default.").optional(),
  ...labelQuery,
});

/** Answers with the labels of the request's image, best first. */
export async function postClassify(c: AppContext): Promise<Response> {
  const query = parseQuery(c.req.url, ClassifyQuery);
  const { top_k: topK, threshold, allow, deny, ...request } = query;
  const selection = choose(c, { task: "classification", ...request });
  return answerImages(c, { query, models: [selection] }, async (turn) => {
    const { model, input, head } = await openFor(c, turn, selection);
    const { output, labels } = model.card;
    const predictions = await classify({ output, labels, sessions: model.sessions }, input, {
      topK,
      threshold,
      wanted: labelFilter({ allow, deny }),
    });
    return c.json({ ...head, predictions });
  });
}
