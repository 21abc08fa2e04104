/**
 * `edge-vision/client`: a typed client of the HTTP API, by Hono's RPC. It runs wherever `fetch` does.
 *
 * @module
 */
import type { Hono } from "hono";
import { type ClientRequestOptions, hc } from "hono/client";
import type { z } from "zod";
import type { ClassifyQuery } from "./handlers/classify.ts";
import type { DetectQuery } from "./handlers/detect.ts";
import type {
  ClassifyAnswer,
  DetectAnswer,
  HealthAnswer,
  ModelAnswer,
  ModelsAnswer,
  ProblemAnswer,
  ReadyAnswer,
  SegmentAnswer,
  TagAnswer,
} from "./handlers/openapi/answers.ts";
import type { SegmentQuery } from "./handlers/segment.ts";
import type { TagQuery } from "./handlers/tag.ts";

/** How an image is sent: in a form. (The API takes raw bytes and base64 in JSON, too; Hono's client has no words for "one of them".) */
interface ImageInput {
  readonly form: { readonly image: File | Blob };
}

/** Statuses of problems (src/handlers/problem.ts). */
type ProblemStatus = 400 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 501 | 502;

/** An endpoint as Hono's client reads it. */
type Endpoint<Input, Answer> =
  | { input: Input; output: Answer; outputFormat: "json"; status: 200 }
  | { input: Input; output: ProblemAnswer; outputFormat: "json"; status: ProblemStatus };

/** Queries are text; `parseQuery` reads numbers out of it. */
type ImageEndpoint<Query extends z.ZodType, Answer> = {
  $post: Endpoint<ImageInput & { query?: z.input<Query> }, Answer>;
};

/** The routes, as Hono has them. */
export type Api = Hono<
  object,
  {
    "/v1/classify": ImageEndpoint<typeof ClassifyQuery, ClassifyAnswer>;
    "/v1/detect": ImageEndpoint<typeof DetectQuery, DetectAnswer>;
    "/v1/segment": ImageEndpoint<typeof SegmentQuery, SegmentAnswer>;
    "/v1/tag": ImageEndpoint<typeof TagQuery, TagAnswer>;
    "/v1/models": { $get: Endpoint<object, ModelsAnswer> };
    "/v1/models/:name": { $get: Endpoint<{ param: { name: string } }, ModelAnswer> };
    "/healthz": { $get: Endpoint<object, HealthAnswer> };
    "/readyz": { $get: Endpoint<object, ReadyAnswer> };
  },
  "/"
>;

/**
 * Makes a client.
 *
 * @param origin where the deployment is: `https://vision.example.com`
 * @example
 * ```ts
 * const client = createClient("https://vision.example.com");
 * const response = await client.v1.classify.$post({ form: { image: file }, query: { top_k: "3" } });
 * if (!response.ok) throw new Error((await response.json()).detail);
 * const { predictions } = await response.json();
 * ```
 */
export function createClient(origin: string, options?: ClientRequestOptions) {
  return hc<Api>(origin, options);
}
