/**
 * `POST /v1/tag`.
 *
 * @module
 */
import { z } from "zod";
import { defaultModel, type Selection } from "../runtime/registry/select.ts";
import { classify } from "../runtime/tasks/classification.ts";
import { detect } from "../runtime/tasks/detection/detect.ts";
import {
  DEFAULT_CLASSIFIER_THRESHOLD,
  DEFAULT_DETECTOR_THRESHOLD,
  mergeTags,
  type TagInputs,
} from "../runtime/tasks/tagging.ts";
import type { AppContext } from "./context.ts";
import { type AnswerHead, choose, openFor, withImage } from "./infer.ts";
import { badParameter, integer, modelQuery, number, parseQuery } from "./query.ts";

const { engine, model } = modelQuery;

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
});

type TagTask = "classification" | "detection";

/** Answers with words for the request's image, from a classifier, a detector, or both. */
export async function postTag(c: AppContext): Promise<Response> {
  const query = parseQuery(c.req.url, TagQuery);
  const choice = (task: TagTask, name: string | undefined): Selection | undefined => {
    const { vision } = c.get("services");
    if (name === "none") return undefined;
    if (name === undefined && defaultModel(vision.manifest, task) === undefined) return undefined;
    return choose(c, { task, model: name, engine: query.engine });
  };
  const classifier = choice("classification", query.classifier);
  const detector = choice("detection", query.detector);
  if (classifier === undefined && detector === undefined) {
    throw badParameter(
      "classifier",
      "a classifier, a detector or both are needed, and neither is chosen and installed",
    );
  }
  return withImage(c, query.engine, async (turn) => {
    const heads: AnswerHead[] = [];
    const inputs: { -readonly [K in keyof TagInputs]: TagInputs[K] } = {};
    if (classifier !== undefined) {
      const { model, input, head } = await openFor(c, turn, classifier);
      const { output, labels } = model.card;
      inputs.predictions = await classify({ output, labels, sessions: model.sessions }, input, {
        topK: labels.length,
      });
      heads.push(head);
    }
    if (detector !== undefined) {
      const { model, input, geometry, head } = await openFor(c, turn, detector);
      const { output, labels } = model.card;
      const options = { threshold: query.detector_threshold };
      inputs.detections = await detect(
        { output, labels, sessions: model.sessions },
        input,
        geometry,
        options,
      );
      heads.push(head);
    }
    const tags = mergeTags(inputs, {
      classifierThreshold: query.classifier_threshold,
      detectorThreshold: query.detector_threshold,
      topK: query.top_k,
    });
    const models = heads.map(({ image, ...identity }) => identity);
    return c.json({ models, image: heads[0].image, tags });
  });
}
