/**
 * Tags a picture with a classifier, a detector, or both: for `POST /v1/tag`, and for the jobs of webhooks.
 *
 * @module
 */
import type { PreparedImage } from "../runtime/prepare.ts";
import { defaultModel, type ModelRequest, type Selection } from "../runtime/registry/select.ts";
import { classify } from "../runtime/tasks/classification.ts";
import { detect } from "../runtime/tasks/detection/detect.ts";
import { mergeTags, type TagInputs } from "../runtime/tasks/tagging.ts";
import type { Task, Vision } from "../runtime/vision.ts";
import type { AnswerHead } from "./infer.ts";
import type { TagAnswer } from "./openapi/answers.ts";
import { badParameter } from "./query.ts";
import type { TagOptions } from "./tag.ts";

/** The networks that a picture is tagged by. */
export interface TagModels {
  readonly classifier?: Selection | undefined;
  readonly detector?: Selection | undefined;
}

/** Those that are chosen, in the order in which they are run. */
export function listTagModels({ classifier, detector }: TagModels): Selection[] {
  return [classifier, detector].filter((one) => one !== undefined);
}

/** A model that is open, with the picture prepared for it. */
export type OpenedModel = Task & PreparedImage & { readonly head: AnswerHead };

/**
 * Which networks are meant.
 *
 * @param choose picks a model, as the caller may
 * @throws {Problem} `bad-parameter` where none is; and what `choose` throws
 */
export function chooseTagModels(
  { manifest }: Pick<Vision, "manifest">,
  options: TagOptions,
  choose: (request: ModelRequest) => Selection,
): TagModels {
  const choice = (task: "classification" | "detection", name: string | undefined): Selection | undefined => {
    if (name === "none") return undefined;
    if (name === undefined && defaultModel(manifest, task) === undefined) return undefined;
    return choose({ task, model: name, engine: options.engine });
  };
  const classifier = choice("classification", options.classifier);
  const detector = choice("detection", options.detector);
  if (classifier === undefined && detector === undefined) {
    throw badParameter(
      "classifier",
      "a classifier, a detector or both are needed, and neither is chosen and installed",
    );
  }
  return { classifier, detector };
}

/** The tags, as `POST /v1/tag` answers them. */
export async function tagImage(
  models: TagModels,
  options: TagOptions,
  open: (selection: Selection) => Promise<OpenedModel>,
): Promise<TagAnswer> {
  const heads: AnswerHead[] = [];
  const inputs: { -readonly [K in keyof TagInputs]: TagInputs[K] } = {};
  if (models.classifier !== undefined) {
    const { model, input, head } = await open(models.classifier);
    const { output, labels } = model.card;
    inputs.predictions = await classify({ output, labels, sessions: model.sessions }, input, {
      topK: labels.length,
      threshold: options.classifier_threshold,
    });
    heads.push(head);
  }
  if (models.detector !== undefined) {
    const { model, input, geometry, head } = await open(models.detector);
    const { output, labels } = model.card;
    const detector = { output, labels, sessions: model.sessions };
    inputs.detections = await detect(detector, input, geometry, { threshold: options.detector_threshold });
    heads.push(head);
  }
  const tags = mergeTags(inputs, {
    classifierThreshold: options.classifier_threshold,
    detectorThreshold: options.detector_threshold,
    topK: options.top_k,
    allow: options.allow,
    deny: options.deny,
  });
  const [{ image }] = heads;
  return { models: heads.map(({ image: _, ...identity }) => identity), image, tags } as TagAnswer;
}
