/**
 * What the routes answer, as schemas: the OpenAPI document is made of them, and the types of the clients.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { Accuracy, Output, Preprocess, Task } from "../../runtime/card.ts";
import { ENGINE_NAMES } from "../../runtime/engines/engine.ts";
import { Quantization, Verification } from "../../runtime/manifest.ts";

const label = z.string().describe("The class's name.");
const index = z.int().min(0).describe("The class index, as the model's labels count.");
const score = z.number().describe("Unrounded; 0 to 1, except where a model's function is `none`.");

const ModelIdentity = z
  .strictObject({
    model: z.string(),
    variant: z.string().describe("`fp32` or `int8`."),
    sha256: z.string().describe("Digest over the model's files."),
    engine: z.enum(ENGINE_NAMES),
  })
  .openapi("ModelIdentity", { description: "Which model answered." });

const ImageInfo = z
  .strictObject({
    width: z.int().min(1),
    height: z.int().min(1),
    capped: z
      .literal(true)
      .optional()
      .describe(
        "Set when the model's largest size made the picture smaller than it asks: small things may be lost.",
      ),
    warnings: z.array(z.string()).optional().describe("Damage that was bridged while decoding."),
  })
  .openapi("ImageInfo", { description: "The picture, upright: after its EXIF orientation." });

const head = { ...ModelIdentity.shape, image: ImageInfo };

const Box = z
  .strictObject({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() })
  .openapi("Box", {
    description: "In pixels of the upright picture; `xmax` and `ymax` are the right and lower edges.",
  });

/** Every problem. */
export const ProblemAnswer = z
  .looseObject({
    type: z.url().describe("A stable URI; compare this one."),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("What was wrong, and what is accepted."),
    instance: z.string().describe("Carries the request's id, which is `X-Request-Id` and on the log line."),
  })
  .openapi("Problem", { description: "RFC 9457; some types have further members." });
export type ProblemAnswer = z.infer<typeof ProblemAnswer>;

/** Answer to a list of images. */
function listOf<Answer extends z.ZodType>(name: string, answer: Answer) {
  const result = z.union([z.strictObject({ answer }), z.strictObject({ problem: ProblemAnswer })]);
  return z
    .strictObject({ results: z.array(result) })
    .openapi(name, { description: "One result an image, in the order sent." });
}

/** Answer of `POST /v1/classify`. */
export const ClassifyAnswer = z
  .strictObject({ ...head, predictions: z.array(z.strictObject({ label, index, score })) })
  .openapi("ClassifyAnswer", { description: "Labels, best first." });
export type ClassifyAnswer = z.infer<typeof ClassifyAnswer>;

/** Answer of `POST /v1/classify` to a list. */
export const ClassifyAnswers = listOf("ClassifyAnswers", ClassifyAnswer);
export type ClassifyAnswers = z.infer<typeof ClassifyAnswers>;

/** Answer of `POST /v1/detect`. */
export const DetectAnswer = z
  .strictObject({ ...head, predictions: z.array(z.strictObject({ label, index, score, box: Box })) })
  .openapi("DetectAnswer", { description: "Objects, best first." });
export type DetectAnswer = z.infer<typeof DetectAnswer>;

/** Answer of `POST /v1/detect` to a list. */
export const DetectAnswers = listOf("DetectAnswers", DetectAnswer);
export type DetectAnswers = z.infer<typeof DetectAnswers>;

const segment = {
  label,
  index,
  share: z.number().min(0).max(1).describe("How much of the picture the class takes."),
  box: Box,
};

/** Answer of `POST /v1/segment`, where it is JSON. */
export const SegmentAnswer = z
  .discriminatedUnion("format", [
    z.strictObject({
      ...head,
      format: z.literal("json"),
      segments: z.array(
        z.strictObject({
          ...segment,
          mask: z.string().describe("A black-and-white PNG of the picture's size, in base64."),
        }),
      ),
    }),
    z.strictObject({
      ...head,
      format: z.literal("rle"),
      segments: z.array(
        z.strictObject({
          ...segment,
          rle: z.strictObject({
            size: z.array(z.int()).length(2).describe("Height and width."),
            counts: z.string().describe("COCO's compressed run lengths."),
          }),
        }),
      ),
    }),
    z.strictObject({
      ...head,
      format: z.literal("polygons"),
      segments: z.array(
        z.strictObject({
          ...segment,
          polygons: z
            .array(z.array(z.array(z.number())))
            .describe("Regions; each is its outer ring, then its holes, as [x0, y0, x1, y1, …]."),
        }),
      ),
    }),
  ])
  .openapi("SegmentAnswer", { description: "Every class that has a pixel, the background among them." });
export type SegmentAnswer = z.infer<typeof SegmentAnswer>;

/** Answer of `POST /v1/segment` to a list. */
export const SegmentAnswers = listOf("SegmentAnswers", SegmentAnswer);
export type SegmentAnswers = z.infer<typeof SegmentAnswers>;

/** Answer of `POST /v1/tag`. */
export const TagAnswer = z
  .strictObject({
    models: z.array(ModelIdentity),
    image: ImageInfo,
    tags: z.array(
      z.strictObject({
        label: z.string(),
        score: z.number().min(0).max(1).describe("The highest that any source gives."),
        sources: z.array(z.enum(["classifier", "detector"])),
        count: z.int().min(1).optional().describe("How many objects of the name the detector found."),
      }),
    ),
  })
  .openapi("TagAnswer", { description: "Words for the picture, best first." });
export type TagAnswer = z.infer<typeof TagAnswer>;

/** Answer of `POST /v1/tag` to a list. */
export const TagAnswers = listOf("TagAnswers", TagAnswer);
export type TagAnswers = z.infer<typeof TagAnswers>;

const InstalledModel = z
  .strictObject({
    name: z.string(),
    task: Task,
    installed: z.literal(true),
    default: z.boolean().describe("Whether it answers requests for its task that name no model."),
    description: z.string(),
    licence: z.string().describe("Of the weights; an SPDX identifier."),
    attribution: z.string().optional(),
    weights: z.string().optional(),
    verification: Verification,
    classes: z.int().min(1),
    accuracy: z.array(Accuracy),
    default_variant: z.string(),
    variants: z.record(
      z.string(),
      z.strictObject({
        sha256: z.string(),
        bytes: z.int(),
        quantization: Quantization.optional().describe(
          "Of an int8 variant made here: how far its answers agree with fp32's on the calibration pictures, and what was done less coarsely.",
        ),
      }),
    ),
  })
  .openapi("InstalledModel");

const KnownModel = z
  .strictObject({
    name: z.string(),
    task: Task,
    installed: z.literal(false),
    install: z.string().describe("The command that installs it."),
  })
  .openapi("KnownModel");

/** Answer of `GET /v1/models`. */
export const ModelsAnswer = z
  .strictObject({ models: z.array(z.union([InstalledModel, KnownModel])) })
  .openapi("ModelsAnswer", { description: "All models, installed ones first." });
export type ModelsAnswer = z.infer<typeof ModelsAnswer>;

/** Answer of `GET /v1/models/{name}`. */
export const ModelAnswer = z
  .strictObject({
    ...InstalledModel.shape,
    preprocess: Preprocess.describe("How pictures are brought to the network's input."),
    output: Output.describe("How the network's outputs read."),
    labels: z.array(z.string()).describe("In the order of the class index."),
  })
  .openapi("ModelAnswer");
export type ModelAnswer = z.infer<typeof ModelAnswer>;

/** Answer of `GET /healthz`. */
export const HealthAnswer = z.strictObject({ status: z.literal("ok") }).openapi("HealthAnswer");
export type HealthAnswer = z.infer<typeof HealthAnswer>;

/** Answer of `GET /readyz`. */
export const ReadyAnswer = z
  .strictObject({
    status: z.enum(["ready", "not ready"]),
    models: z.record(z.string(), z.boolean()).describe("By default model: whether its files are in R2."),
  })
  .openapi("ReadyAnswer");
export type ReadyAnswer = z.infer<typeof ReadyAnswer>;
