/**
 * `POST /v1/tag`.
 *
 * @module
 */
import * as z from "zod";
import { DEFAULT_CLASSIFIER_THRESHOLD, DEFAULT_DETECTOR_THRESHOLD } from "../runtime/tasks/tagging.ts";
import { answerImages } from "./answer-images.ts";
import type { AppContext } from "./context.ts";
import { choose, openFor } from "./infer.ts";
import { integer, labelQuery, modelQuery, number, parseQuery } from "./query.ts";
import { chooseTagModels, listTagModels, tagImage } from "./tag-image.ts";

const { engine, model, strict } = modelQuery;

/** Parameters of `POST /v1/tag`. */
export const TagQuery = z.object({
  classifier: model.describe("The classifier's name, or `none`; the best installed one by default."),
  detector: model.describe("The detector's name, or `none`; the best installed one by default."),
  engine,
  classifier_threshold: number(0, 1)
    .describe("The lowest score of a classifier's label.")
    .default(DEFAULT_CLASSIFIER_THRESHOLD),
  detector_threshold: number(0, 1)
    .describe("The lowest score of a detector's object.")
    .default(DEFAULT_DETECTOR_THRESHOLD),
  top_k: integer(1, 1000).describe("How many tags at most.").default(50),
  strict,
  ...labelQuery,
});

/** The parameters, parsed. */
export type TagOptions = z.output<typeof TagQuery>;

/** Answers with words for the request's image, from a classifier, a detector, or both. */
export async function postTag(c: AppContext): Promise<Response> {
  const query = parseQuery(c.req.url, TagQuery);
  const models = chooseTagModels(c.get("services").vision, query, (request) => choose(c, request));
  return answerImages(c, { query, models: listTagModels(models) }, async (turn) =>
    c.json(await tagImage(models, query, (selection) => openFor(c, turn, selection))),
  );
}
