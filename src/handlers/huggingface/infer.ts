/**
 * `POST /models/{name}`: Hugging Face's inference API, so that its clients work against this Worker. The model's task decides the shape.
 *
 * @module
 */
import type { Task } from "../../runtime/card.ts";
import { findModel, type Selection } from "../../runtime/registry/select.ts";
import { release } from "../../runtime/release.ts";
import { classify } from "../../runtime/tasks/classification.ts";
import { detect } from "../../runtime/tasks/detection/detect.ts";
import type { Box } from "../../runtime/tasks/detection/types.ts";
import { segmentToPng, toBase64 } from "../../runtime/tasks/segmentation/formats/bilevel.ts";
import { segment } from "../../runtime/tasks/segmentation/segment.ts";
import { segmentsOf } from "../../runtime/tasks/segmentation/segments.ts";
import type { Turn } from "../../runtime/vision.ts";
import type { AppContext } from "../context.ts";
import { choose, identityHeaders, openFor, readOptions, runImage, withPlace } from "../infer.ts";
import { problem } from "../problem.ts";
import { MASK_BYTES_PER_PIXEL } from "../segment.ts";
import { toProblem } from "../to-problem.ts";
import { type InferenceBody, parseParameters, readInference } from "./body.ts";
import { ClassificationParameters, DetectionParameters, SegmentationParameters } from "./parameters.ts";

/** Answers for one task, in the shape of its specification. */
type Answer = (
  c: AppContext,
  turn: Turn,
  selection: Selection,
  parameters: InferenceBody["parameters"],
) => Promise<Response>;

const ANSWERS: Readonly<Record<Task, Answer>> = {
  classification: answerClassification,
  detection: answerDetection,
  segmentation: answerSegmentation,
};

/** Answers with what the model finds. Problems carry `error` besides, which is where Hugging Face's clients look. */
export async function postInference(c: AppContext): Promise<Response> {
  try {
    const { task } = findModel(c.get("services").vision.manifest, c.req.param("name") ?? "").card;
    const selection = choose(c, { task, model: c.req.param("name") });
    return await withPlace(c, async (place) => {
      const { image, parameters } = await readInference(c.req.raw, readOptions(c, place.grow));
      try {
        return await runImage(c, place, image, (turn) => ANSWERS[task](c, turn, selection, parameters));
      } finally {
        release(image);
      }
    });
  } catch (cause) {
    const { type, message, headers, extensions } = toProblem(cause);
    throw problem(type, message, { cause, headers, extensions: { ...extensions, error: message } });
  }
}

async function answerClassification(...[c, turn, selection, parameters]: Parameters<Answer>) {
  const { top_k: topK, function_to_apply } = parseParameters(parameters, ClassificationParameters);
  const { model, input, head } = await openFor(c, turn, selection);
  const { output, labels } = model.card;
  const applied =
    output.kind === "logits" && function_to_apply !== undefined ? { ...output, function_to_apply } : output;
  const predictions = await classify({ output: applied, labels, sessions: model.sessions }, input, { topK });
  return c.json(
    predictions.map(({ label, score }) => ({ label, score })),
    200,
    identityHeaders(head),
  );
}

async function answerDetection(...[c, turn, selection, parameters]: Parameters<Answer>) {
  const { threshold } = parseParameters(parameters, DetectionParameters);
  const { model, input, geometry, head } = await openFor(c, turn, selection);
  const { output, labels } = model.card;
  const detections = await detect({ output, labels, sessions: model.sessions }, input, geometry, {
    threshold,
  });
  return c.json(
    detections.map(({ label, score, box }) => ({ label, score, box: truncate(box) })),
    200,
    identityHeaders(head),
  );
}

/** Whole pixels, as transformers' `ObjectDetectionPipeline._get_bounding_box` has them. */
function truncate({ xmin, ymin, xmax, ymax }: Box): Box {
  return {
    xmin: Math.trunc(xmin),
    ymin: Math.trunc(ymin),
    xmax: Math.trunc(xmax),
    ymax: Math.trunc(ymax),
  };
}

/** A semantic segment has no score: the client takes a number or nothing, not `null`. */
async function answerSegmentation(...[c, turn, selection, parameters]: Parameters<Answer>) {
  parseParameters(parameters, SegmentationParameters);
  const { width, height } = turn.header;
  const task = await openFor(c, turn, selection, width * height * MASK_BYTES_PER_PIXEL);
  const { output, labels } = task.model.card;
  const classes = await segment({ output, sessions: task.model.sessions }, task.input, task.geometry);
  task.own(classes.classes);
  const answer: { label: string; mask: string }[] = [];
  for (const found of segmentsOf(classes, labels)) {
    answer.push({ label: found.label, mask: toBase64(await segmentToPng(classes, found)) });
  }
  return c.json(answer, 200, identityHeaders(task.head));
}
