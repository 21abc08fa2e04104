/**
 * The `parameters` of Hugging Face's tasks, as their specification has them
 * (https://github.com/huggingface/huggingface.js, packages/tasks/src/tasks/{task}/spec/input.json).
 *
 * @module
 */
import * as z from "zod";
import { DEFAULT_TOP_K } from "../../runtime/tasks/classification.ts";
import { DEFAULT_THRESHOLD } from "../../runtime/tasks/detection/select.ts";

const share = z.number("a number from 0 to 1").min(0, "a number from 0 to 1").max(1, "a number from 0 to 1");

/** `image-classification`. */
export const ClassificationParameters = z.strictObject({
  top_k: z
    .int("a whole number from 1 to 1000")
    .min(1, "a whole number from 1 to 1000")
    .max(1000, "a whole number from 1 to 1000")
    .describe("How many labels at most.")
    .default(DEFAULT_TOP_K),
  function_to_apply: z
    .enum(["sigmoid", "softmax", "none"], "one of sigmoid, softmax, none")
    .describe("What makes scores of the network's outputs; the model card's function by default.")
    .optional(),
});

/** `object-detection`. */
export const DetectionParameters = z.strictObject({
  threshold: share.describe("The lowest score that is given.").default(DEFAULT_THRESHOLD),
});

/**
 * `image-segmentation`. The models here are semantic; as in transformers' pipeline, the thresholds shape instance and panoptic answers only, so they are
 * checked and change nothing.
 */
export const SegmentationParameters = z.strictObject({
  subtask: z
    .literal("semantic", "semantic, the one subtask of the models here")
    .describe("`semantic`, the one subtask of the models here.")
    .optional(),
  threshold: share.describe("Of instance and panoptic segmentation; changes nothing here.").optional(),
  mask_threshold: share.describe("Of instance and panoptic segmentation; changes nothing here.").optional(),
  overlap_mask_area_threshold: share
    .describe("Of instance and panoptic segmentation; changes nothing here.")
    .optional(),
});
