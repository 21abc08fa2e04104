/**
 * `edge-vision/client`: a typed client of the HTTP API, by Hono's RPC. It runs wherever `fetch` does.
 *
 * @module
 */
import type { Hono } from "hono";
import { type ClientRequestOptions, hc } from "hono/client";
import type * as z from "zod";
import type { ClassifyQuery } from "./handlers/classify.ts";
import type { DetectQuery } from "./handlers/detect.ts";
import type {
  ClassifyAnswer,
  ClassifyAnswers,
  DetectAnswer,
  DetectAnswers,
  HealthAnswer,
  ModelAnswer,
  ModelsAnswer,
  ProblemAnswer,
  ReadyAnswer,
  SegmentAnswer,
  SegmentAnswers,
  TagAnswer,
  TagAnswers,
} from "./handlers/openapi/answers.ts";
import type { PROBLEMS, ProblemType } from "./handlers/problem.ts";
import type { SegmentQuery } from "./handlers/segment.ts";
import type { TagQuery } from "./handlers/tag.ts";

/** How an image is sent: in a form. (The API takes raw bytes and base64 in JSON, too; Hono's client has no words for "one of them".) */
interface ImageInput {
  readonly form: { readonly image: File | Blob };
}

/** How several are. */
interface ImagesInput {
  readonly form: { readonly images: (File | Blob)[] };
}

/** Statuses of problems. Of one nobody ever reads the answer: it says that the caller went away. */
type ProblemStatus = Exclude<(typeof PROBLEMS)[ProblemType][0], 499>;

/** An endpoint as Hono's client reads it. */
type Endpoint<Input, Answer> =
  | { input: Input; output: Answer; outputFormat: "json"; status: 200 }
  | { input: Input; output: ProblemAnswer; outputFormat: "json"; status: ProblemStatus };

/** Queries are text; `parseQuery` reads numbers out of it. */
type ImageEndpoint<Input, Query extends z.ZodType, Answer> = {
  $post: Endpoint<Input & { query?: z.input<Query> }, Answer>;
};

/** The routes, as Hono has them. */
export type Api = Hono<
  object,
  {
    "/v1/classify": ImageEndpoint<ImageInput, typeof ClassifyQuery, ClassifyAnswer>;
    "/v1/detect": ImageEndpoint<ImageInput, typeof DetectQuery, DetectAnswer>;
    "/v1/segment": ImageEndpoint<ImageInput, typeof SegmentQuery, SegmentAnswer>;
    "/v1/tag": ImageEndpoint<ImageInput, typeof TagQuery, TagAnswer>;
    "/v1/models": { $get: Endpoint<object, ModelsAnswer> };
    "/v1/models/:name": { $get: Endpoint<{ param: { name: string } }, ModelAnswer> };
    "/healthz": { $get: Endpoint<object, HealthAnswer> };
    "/readyz": { $get: Endpoint<object, ReadyAnswer> };
  },
  "/"
>;

/** The routes that take lists, answered by lists. */
export type ListApi = Hono<
  object,
  {
    "/v1/classify": ImageEndpoint<ImagesInput, typeof ClassifyQuery, ClassifyAnswers>;
    "/v1/detect": ImageEndpoint<ImagesInput, typeof DetectQuery, DetectAnswers>;
    "/v1/segment": ImageEndpoint<ImagesInput, typeof SegmentQuery, SegmentAnswers>;
    "/v1/tag": ImageEndpoint<ImagesInput, typeof TagQuery, TagAnswers>;
  },
  "/"
>;

/** A client: a route's answer has the type that belongs to what is sent, an image or a list. */
export type Client = ReturnType<typeof hc<Api>> & ReturnType<typeof hc<ListApi>>;

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
 * @example Several images
 * ```ts
 * const response = await client.v1.classify.$post({ form: { images: [first, second] } });
 * if (!response.ok) throw new Error((await response.json()).detail);
 * for (const result of (await response.json()).results) {
 *   if ("problem" in result) console.error(result.problem.detail);
 *   else console.log(result.answer.predictions);
 * }
 * ```
 */
export function createClient(origin: string, options?: ClientRequestOptions): Client {
  return hc<Api>(origin, options) as Client;
}
