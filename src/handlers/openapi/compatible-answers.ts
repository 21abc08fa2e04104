/**
 * What the routes for others' clients answer: Hugging Face's tasks and the Open Inference Protocol, in the shapes of their specifications.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";

const label = z.string();
const score = z.number();
const pixel = z.int();

/** `image-classification`, `object-detection` or `image-segmentation`, by the model's task. */
export const HuggingFaceAnswer = z
  .union([
    z.array(z.strictObject({ label, score })).openapi("ImageClassificationOutput"),
    z
      .array(
        z.strictObject({
          label,
          score,
          box: z.strictObject({ xmin: pixel, ymin: pixel, xmax: pixel, ymax: pixel }),
        }),
      )
      .openapi("ObjectDetectionOutput"),
    z
      .array(z.strictObject({ label, mask: z.string().describe("A black-and-white PNG in base64.") }))
      .openapi("ImageSegmentationOutput"),
  ])
  .openapi("HuggingFaceAnswer");

/** `GET /v2`. */
export const ServerMetadata = z
  .strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .openapi("ServerMetadata");

/** `GET /v2/health/live`. */
export const ServerLive = z.strictObject({ live: z.boolean() }).openapi("ServerLive");

/** `GET /v2/health/ready`. */
export const ServerReady = z.strictObject({ ready: z.boolean() }).openapi("ServerReady");

/** `GET /v2/models/{name}/ready`. */
export const ModelReady = z.strictObject({ name: z.string(), ready: z.boolean() }).openapi("ModelReady");

const tensor = {
  name: z.string(),
  datatype: z.literal("FP32"),
  shape: z.array(z.int()).describe("-1 where any size is taken."),
};

/** `GET /v2/models/{name}`. */
export const ModelMetadata = z
  .strictObject({
    name: z.string(),
    versions: z.array(z.string()).describe("The model's variants."),
    platform: z.literal("onnx_onnxv1"),
    inputs: z.array(z.strictObject(tensor)),
    outputs: z.array(z.strictObject(tensor)),
  })
  .openapi("ModelMetadata");

/** `POST /v2/models/{name}/infer`. */
export const InferAnswer = z
  .strictObject({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(
      z.strictObject({
        ...tensor,
        data: z.array(z.number()).optional(),
        parameters: z.strictObject({ binary_data_size: z.int() }).optional(),
      }),
    ),
  })
  .openapi("InferAnswer");

/** The protocol's errors. */
export const ProtocolError = z.strictObject({ error: z.string() }).openapi("ProtocolError");
