/**
 * Routes for others' clients, as the OpenAPI document has them.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import {
  ClassificationParameters,
  DetectionParameters,
  SegmentationParameters,
} from "../huggingface/parameters.ts";
import { InferRequest } from "../open-inference/body.ts";
import {
  HuggingFaceAnswer,
  InferAnswer,
  ModelMetadata,
  ModelReady,
  ServerLive,
  ServerMetadata,
  ServerReady,
} from "./compatible-answers.ts";
import type { Operation } from "./operation.ts";
import { bytes, modelParams, versionParams } from "./schemas.ts";

const json = "application/json";
const binary = "application/octet-stream";

const huggingFace: Operation = {
  method: "POST",
  path: "/models/{name}",
  id: "huggingFaceInference",
  tag: "Hugging Face",
  summary: "Run a model in the shape of its task",
  description:
    "`image-classification`, `object-detection` or `image-segmentation`, by the model. Headers name the model's variant and digest.",
  params: modelParams,
  body: {
    [binary]: bytes,
    [json]: z.object({
      inputs: z.string().describe("The picture in base64."),
      parameters: z
        .union([ClassificationParameters, DetectionParameters, SegmentationParameters])
        .optional()
        .describe("Those of the model's task."),
    }),
  },
  answer: { [json]: HuggingFaceAnswer },
  errors: "problem",
  samples: [
    {
      label: "Classification",
      source:
        'curl --data-binary @public/samples/chelsea.png "{origin}/models/mobilenet_v3_large_075_tiny_imagenet"',
    },
    {
      label: "Detection, with a parameter",
      source: `echo "{\\"inputs\\":\\"$(base64 -w 0 public/samples/astronaut.jpg)\\",\\"parameters\\":{\\"threshold\\":0.4}}" | curl --header "Content-Type: application/json" --data-binary @- "{origin}/models/centernet_mobilenet_v3"`,
    },
    {
      label: "Segmentation",
      source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/models/selfie_segmentation"',
    },
  ],
};

const protocol = { tag: "Open Inference Protocol", errors: "protocol" } as const;

const server: readonly Operation[] = [
  {
    ...protocol,
    method: "GET",
    path: "/v2",
    id: "getServerMetadata",
    summary: "Name the server and its extensions",
    answer: { [json]: ServerMetadata },
    samples: [{ label: "Server", source: 'curl "{origin}/v2"' }],
  },
  {
    ...protocol,
    method: "GET",
    path: "/v2/health/live",
    id: "getServerLive",
    summary: "Tell that the server lives",
    answer: { [json]: ServerLive },
    samples: [{ label: "Live", source: 'curl "{origin}/v2/health/live"' }],
  },
  {
    ...protocol,
    method: "GET",
    path: "/v2/health/ready",
    id: "getServerReady",
    summary: "Tell whether the default models' files are there",
    answer: { [json]: ServerReady },
    unready: true,
    samples: [{ label: "Ready", source: 'curl "{origin}/v2/health/ready"' }],
  },
];

/** The routes of one model, with and without a version in the address. */
function modelOperations(versioned: boolean): Operation[] {
  const path = versioned ? "/v2/models/{name}/versions/{version}" : "/v2/models/{name}";
  const example = `/v2/models/selfie_segmentation${versioned ? "/versions/fp32" : ""}`;
  const id = versioned ? "Version" : "Model";
  const shared = { ...protocol, params: versioned ? versionParams : modelParams };
  return [
    {
      ...shared,
      method: "GET",
      path,
      id: `get${id}Metadata`,
      summary: "Name the network's inputs and outputs",
      description: "Opens the model, if it is not open yet. A Faster R-CNN is two graphs and has none.",
      answer: { [json]: ModelMetadata },
      samples: [{ label: "Metadata", source: `curl "{origin}${example}"` }],
    },
    {
      ...shared,
      method: "GET",
      path: `${path}/ready`,
      id: `get${id}Ready`,
      summary: "Tell whether the model's files are there",
      answer: { [json]: ModelReady },
      unready: true,
      samples: [{ label: "Ready", source: `curl "{origin}${example}/ready"` }],
    },
    {
      ...shared,
      method: "POST",
      path: `${path}/infer`,
      id: `infer${id}`,
      summary: "Run the network on tensors",
      description:
        "With the binary tensor data extension, tensors follow the JSON, whose length `Inference-Header-Content-Length` tells.",
      body: { [json]: InferRequest, [binary]: bytes },
      answer: { [json]: InferAnswer, [binary]: bytes },
      samples: [
        {
          label: "Tensors as JSON",
          source: `echo "{\\"inputs\\":[{\\"name\\":\\"input\\",\\"datatype\\":\\"FP32\\",\\"shape\\":[1,3,2,2],\\"data\\":[1,1,1,1,0,0,0,0,0,0,0,0]}]}" | curl --header "Content-Type: application/json" --data-binary @- "{origin}/v2/models/mobilenet_v3_large_075_tiny_imagenet${versioned ? "/versions/fp32" : ""}/infer"`,
        },
      ],
    },
  ];
}

/** See the module. */
export const COMPATIBLE_OPERATIONS: readonly Operation[] = [
  huggingFace,
  ...server,
  ...modelOperations(false),
  ...modelOperations(true),
];
