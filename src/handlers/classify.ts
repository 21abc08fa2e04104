/**
 * `POST /v1/classify`.
 *
 * @module
 */
import { z } from "zod";
import { classify, DEFAULT_TOP_K } from "../runtime/tasks/classification.ts";
import type { AppContext } from "./context.ts";
import { choose, openFor, withImage } from "./infer.ts";
import { integer, modelQuery, number, parseQuery } from "./query.ts";

/** Parameters of `POST /v1/classify`. */
export const ClassifyQuery = z.object({
  ...modelQuery,
  top_k: integer(1, 1000).describe("How many labels at most.").default(DEFAULT_TOP_K),
  threshold: number(0, 1).describe("The lowest score that is given; all by default.").optional(),
});

/** Answers with the labels of the request's image, best first. */
export async function postClassify(c: AppContext): Promise<Response> {
  const { top_k: topK, threshold, ...request } = parseQuery(c.req.url, ClassifyQuery);
  const selection = choose(c, { task: "classification", ...request });
  return withImage(c, request.engine, async (turn) => {
    const { model, input, head } = await openFor(c, turn, selection);
    const { output, labels } = model.card;
    const predictions = await classify({ output, labels, sessions: model.sessions }, input, {
      topK,
      threshold,
    });
    return c.json({ ...head, predictions });
  });
}
