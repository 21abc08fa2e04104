/**
 * The Worker as a service binding: `env.VISION.classify(bytes, options)` from another Worker of the account.
 *
 * A call goes the way of a request to `/v1/…`, so that limits, the run queue and the log are the same.
 *
 * @module
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type * as z from "zod";
import type { ClassifyQuery } from "./handlers/classify.ts";
import type { DetectQuery } from "./handlers/detect.ts";
import type {
  ClassifyAnswer,
  DetectAnswer,
  ProblemAnswer,
  SegmentAnswer,
  TagAnswer,
} from "./handlers/openapi/answers.ts";
import type { SegmentQuery } from "./handlers/segment.ts";
import type { TagQuery } from "./handlers/tag.ts";
import { trustedEnv } from "./handlers/trusted.ts";

/** A picture's file. */
export type ImageSource = Uint8Array | ArrayBuffer | ReadableStream<Uint8Array>;

/** Parameters after parsing, each of them optional. */
type Options<Query extends z.ZodType> = {
  readonly [Name in keyof z.output<Query>]?: z.output<Query>[Name] | undefined;
};

/** What `classify` may be asked; see the query of `POST /v1/classify`. */
export type ClassifyOptions = Options<typeof ClassifyQuery>;

/** What `detect` may be asked; see the query of `POST /v1/detect`. */
export type DetectOptions = Omit<Options<typeof DetectQuery>, "draw">;

/** What `segment` may be asked; see the query of `POST /v1/segment`. */
export type SegmentOptions = Omit<Options<typeof SegmentQuery>, "draw" | "format"> & {
  readonly format?: SegmentAnswer["format"] | undefined;
};

/** What `tag` may be asked; see the query of `POST /v1/tag`. */
export type TagOptions = Options<typeof TagQuery>;

/**
 * The methods of the binding. Each throws an `Error` whose message is `<problem type>: <detail>`, as in `not-an-image: …`: of an error, only
 * its message passes between Workers.
 */
export interface VisionService extends WorkerEntrypoint<Cloudflare.Env> {
  fetch(request: Request): Promise<Response>;
  classify(image: ImageSource, options?: ClassifyOptions): Promise<ClassifyAnswer>;
  detect(image: ImageSource, options?: DetectOptions): Promise<DetectAnswer>;
  segment(image: ImageSource, options?: SegmentOptions): Promise<SegmentAnswer>;
  tag(image: ImageSource, options?: TagOptions): Promise<TagAnswer>;
}

/** What requests go to: an application, or what stands before one. */
interface Fetching {
  fetch(request: Request, env: Cloudflare.Env, ctx: ExecutionContext): Response | Promise<Response>;
}

/** The constructor of {@link VisionService}, for workerd to call. */
export type VisionEntrypoint = new (ctx: ExecutionContext, env: Cloudflare.Env) => VisionService;

/**
 * Makes the entrypoint of an application.
 *
 * @example The Worker, and in its caller's wrangler.toml `services = [{ binding = "VISION", service = "edge-vision", entrypoint = "Vision" }]`
 * ```ts
 * const app = createApp({ … });
 * export default app;
 * export class Vision extends createEntrypoint(app) {}
 * ```
 */
export function createEntrypoint(app: Fetching): VisionEntrypoint {
  return class extends WorkerEntrypoint<Cloudflare.Env> implements VisionService {
    override async fetch(request: Request): Promise<Response> {
      return app.fetch(request, trustedEnv(this.env), this.ctx);
    }

    classify(image: ImageSource, options: ClassifyOptions = {}): Promise<ClassifyAnswer> {
      return this.#call("classify", image, options);
    }

    detect(image: ImageSource, options: DetectOptions = {}): Promise<DetectAnswer> {
      return this.#call("detect", image, options);
    }

    segment(image: ImageSource, options: SegmentOptions = {}): Promise<SegmentAnswer> {
      return this.#call("segment", image, options);
    }

    tag(image: ImageSource, options: TagOptions = {}): Promise<TagAnswer> {
      return this.#call("tag", image, options);
    }

    async #call<Answer>(route: string, image: ImageSource, options: object): Promise<Answer> {
      // The host is for the log only: nothing is fetched.
      const url = new URL(`https://vision.invalid/v1/${route}`);
      for (const [name, value] of Object.entries(options)) {
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      const response = await this.fetch(new Request(url, { method: "POST", body: image }));
      if (response.ok) return response.json();
      const { type, detail } = await response.json<ProblemAnswer>();
      throw new Error(`${type.slice(type.lastIndexOf("/") + 1)}: ${detail}`);
    }
  };
}
