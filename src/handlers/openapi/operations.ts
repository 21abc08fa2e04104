/**
 * Our own routes, as the OpenAPI document has them.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { ClassifyQuery } from "../classify.ts";
import { DetectQuery } from "../detect.ts";
import { SegmentQuery } from "../segment.ts";
import { TagQuery } from "../tag.ts";
import {
  ClassifyAnswer,
  ClassifyAnswers,
  DetectAnswer,
  DetectAnswers,
  HealthAnswer,
  ModelAnswer,
  ModelsAnswer,
  ReadyAnswer,
  SegmentAnswer,
  SegmentAnswers,
  TagAnswer,
  TagAnswers,
} from "./answers.ts";
import type { Operation } from "./operation.ts";
import { bytes, imageBody, modelParams, oneOrSeveral, png } from "./schemas.ts";

const common = { errors: "problem" } as const;
const json = "application/json";

const LISTS =
  "Several images in one call are answered by a list of results; what is wrong with one is a problem among them.";

/** See the module. */
export const OWN_OPERATIONS: readonly Operation[] = [
  {
    ...common,
    method: "POST",
    path: "/v1/classify",
    id: "classify",
    tag: "Inference",
    summary: "Name what a picture shows",
    description: LISTS,
    query: ClassifyQuery,
    body: imageBody,
    answer: { [json]: oneOrSeveral("ClassifyResponse", ClassifyAnswer, ClassifyAnswers) },
    samples: [
      {
        label: "A file",
        source: 'curl --data-binary @public/samples/chelsea.png "{origin}/v1/classify?top_k=3"',
      },
      {
        label: "A form",
        source: 'curl --form image=@public/samples/chelsea.png "{origin}/v1/classify?threshold=0.05"',
      },
      {
        label: "Several images",
        source:
          'curl --form image=@public/samples/chelsea.png --form image=@public/samples/astronaut.jpg "{origin}/v1/classify"',
      },
      {
        label: "JSON",
        source: `echo "{\\"image\\":{\\"base64\\":\\"$(base64 -w 0 public/samples/chelsea.png)\\"}}" | curl --header "Content-Type: application/json" --data-binary @- "{origin}/v1/classify"`,
      },
    ],
  },
  {
    ...common,
    method: "POST",
    path: "/v1/detect",
    id: "detect",
    tag: "Inference",
    summary: "Find objects in a picture",
    description: LISTS,
    query: DetectQuery,
    body: imageBody,
    answer: { [json]: oneOrSeveral("DetectResponse", DetectAnswer, DetectAnswers), ...png },
    samples: [
      {
        label: "Boxes",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/detect?threshold=0.4"',
      },
      {
        label: "Only people",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/detect?classes=person"',
      },
      {
        label: "Drawn on the picture",
        source:
          'curl --data-binary @public/samples/astronaut.jpg --output detected.png "{origin}/v1/detect?draw=1"',
      },
    ],
  },
  {
    ...common,
    method: "POST",
    path: "/v1/segment",
    id: "segment",
    tag: "Inference",
    summary: "Find the class of every pixel",
    description: LISTS,
    query: SegmentQuery,
    body: imageBody,
    answer: { [json]: oneOrSeveral("SegmentResponse", SegmentAnswer, SegmentAnswers), ...png },
    samples: [
      {
        label: "Masks",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/segment"',
      },
      {
        label: "COCO's run lengths",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/segment?format=rle"',
      },
      {
        label: "Outlines",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/segment?format=polygons"',
      },
      {
        label: "One indexed picture",
        source:
          'curl --data-binary @public/samples/astronaut.jpg --output mask.png "{origin}/v1/segment?format=png"',
      },
    ],
  },
  {
    ...common,
    method: "POST",
    path: "/v1/tag",
    id: "tag",
    tag: "Inference",
    summary: "Give a picture words",
    description: `A classifier's labels and a detector's objects as one list. ${LISTS}`,
    query: TagQuery,
    body: imageBody,
    answer: { [json]: oneOrSeveral("TagResponse", TagAnswer, TagAnswers) },
    samples: [
      {
        label: "Tags",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/tag"',
      },
      {
        label: "A detector's only",
        source: 'curl --data-binary @public/samples/astronaut.jpg "{origin}/v1/tag?classifier=none"',
      },
    ],
  },
  {
    ...common,
    method: "GET",
    path: "/v1/models",
    id: "listModels",
    tag: "Models",
    summary: "List all models",
    answer: { [json]: ModelsAnswer },
    samples: [{ label: "All", source: 'curl "{origin}/v1/models"' }],
  },
  {
    ...common,
    method: "GET",
    path: "/v1/models/{name}",
    id: "getModel",
    tag: "Models",
    summary: "Show one model, its labels included",
    params: modelParams,
    answer: { [json]: ModelAnswer },
    samples: [{ label: "One", source: 'curl "{origin}/v1/models/centernet_mobilenet_v3"' }],
  },
  {
    ...common,
    method: "GET",
    path: "/healthz",
    id: "getHealth",
    tag: "Service",
    summary: "Tell that the Worker runs",
    answer: { [json]: HealthAnswer },
    samples: [{ label: "Alive", source: 'curl "{origin}/healthz"' }],
  },
  {
    ...common,
    method: "GET",
    path: "/readyz",
    id: "getReady",
    tag: "Service",
    summary: "Tell whether the default models' files are in R2",
    answer: { [json]: ReadyAnswer },
    unready: true,
    samples: [{ label: "Ready", source: 'curl "{origin}/readyz"' }],
  },
  {
    ...common,
    method: "GET",
    path: "/openapi.json",
    id: "getOpenApi",
    tag: "Service",
    summary: "Give this document",
    answer: { [json]: z.looseObject({ openapi: z.string() }) },
    samples: [{ label: "OpenAPI 3.1", source: 'curl "{origin}/openapi.json"' }],
  },
  {
    ...common,
    method: "GET",
    path: "/docs",
    id: "getDocs",
    tag: "Service",
    summary: "Give this document as a page",
    answer: { "text/html": bytes.openapi({ type: "string" }) },
    samples: [{ label: "The page", source: 'curl --output docs.html "{origin}/docs"' }],
  },
];
