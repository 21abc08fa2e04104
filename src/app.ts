/**
 * The HTTP application.
 *
 * @module
 */
import { Hono } from "hono";
import type { Config } from "./config.ts";
import { postClassify } from "./handlers/classify.ts";
import type { AppContext, AppEnv } from "./handlers/context.ts";
import { postDetect } from "./handlers/detect.ts";
import { createReadiness, createReady, getHealth } from "./handlers/health.ts";
import { postInference } from "./handlers/huggingface/infer.ts";
import { getDeadJobs, getJob, postReplay } from "./handlers/jobs/routes.ts";
import { apiKey } from "./handlers/middleware/api-key.ts";
import { cors } from "./handlers/middleware/cors.ts";
import { type LogSink, log } from "./handlers/middleware/log.ts";
import { limitAddress, limitKey } from "./handlers/middleware/rate-limit.ts";
import { requestId } from "./handlers/middleware/request-id.ts";
import { revalidate } from "./handlers/middleware/revalidate.ts";
import { securityHeaders } from "./handlers/middleware/security-headers.ts";
import { serverTiming } from "./handlers/middleware/server-timing.ts";
import { getModel, getModels } from "./handlers/models.ts";
import { noteProblem } from "./handlers/note-problem.ts";
import { mountOpenInference } from "./handlers/open-inference/routes.ts";
import { isProtocolPath, protocolError } from "./handlers/open-inference/server.ts";
import { problem, problemResponse } from "./handlers/problem.ts";
import { consumeBatch, createConsumer } from "./handlers/queue.ts";
import { mount } from "./handlers/routes.ts";
import { postSegment } from "./handlers/segment.ts";
import { postTag } from "./handlers/tag.ts";
import { postWebhook } from "./handlers/webhooks/receive.ts";
import type { EngineProvider } from "./runtime/engines/engine.ts";
import type { Manifest } from "./runtime/manifest.ts";
import { createVision, type VisionLimits } from "./runtime/vision.ts";

/** What {@link createApp} is made of. */
export interface AppOptions {
  /** Which models there are, with their digests. */
  readonly manifest: Manifest;
  /** The engines of this deployment, the preferred one first. */
  readonly engines: readonly EngineProvider[];
  readonly config: Config;
  /** Takes the log lines; `console.log` by default. */
  readonly log?: LogSink;
}

/**
 * Makes the application: a Hono app whose `fetch` and `queue` are a Worker's. One call an isolate: it holds the run queue and the open models.
 *
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 * export default createApp({ manifest, engines: [onnxRuntime], config: parseConfig(env) });
 * ```
 */
export function createApp({ manifest, engines, config, log: sink = console.log }: AppOptions) {
  const app = new Hono<AppEnv>();
  const services = { config, vision: createVision({ manifest, engines, limits: toLimits(config) }) };
  app.use(requestId, log(sink), securityHeaders, async (c, next) => {
    c.set("services", services);
    await next();
  });
  if (config.timings) app.use(serverTiming);
  if (config.corsOrigins.length > 0) app.use(cors(config.corsOrigins));
  app.use(limitAddress, apiKey({ keys: config.apiKeys, publicReads: config.publicReads }), limitKey);

  for (const path of ["/v1/models/*", "/openapi.json"]) app.use(path, revalidate);

  const readiness = createReadiness();
  mount(app, "/v1/classify", { POST: postClassify });
  mount(app, "/v1/detect", { POST: postDetect });
  mount(app, "/v1/segment", { POST: postSegment });
  mount(app, "/v1/tag", { POST: postTag });
  mount(app, "/v1/models", { GET: getModels });
  mount(app, "/v1/models/:name", { GET: getModel });
  mount(app, "/models/:name", { POST: postInference });
  mount(app, "/healthz", { GET: getHealth });
  mount(app, "/readyz", { GET: createReady(readiness) });
  mount(app, "/openapi.json", { GET: async (c) => (await loadOpenApi()).getOpenApi(c) });
  mount(app, "/docs", { GET: async (c) => (await loadOpenApi()).getDocs(c) });
  mount(app, "/v1/webhooks/:source", { POST: postWebhook });
  mount(app, "/v1/jobs", { GET: getDeadJobs });
  mount(app, "/v1/jobs/:id", { GET: getJob });
  mount(app, "/v1/jobs/:id/replay", { POST: postReplay });
  mountOpenInference(app, readiness);

  app.notFound((c) => fail(c, problem("not-found", `There is nothing at ${c.req.path}.`)));
  app.onError((error, c) => fail(c, error));
  const consume = createConsumer(services, sink);
  return Object.assign(app, {
    consume,
    queue: (batch: MessageBatch, env: Cloudflare.Env, ctx: ExecutionContext): Promise<void> =>
      consumeBatch(batch, (message) => consume(message, env, ctx)),
  });
}

/** The documentation is loaded when it is first asked for. */
function loadOpenApi() {
  return import("./handlers/openapi/index.ts");
}

/** Answers with a problem, in the protocol's shape where one of its addresses was asked, and notes it for the log. */
function fail(c: AppContext, error: unknown): Response {
  const reason = noteProblem(c, error);
  return isProtocolPath(c.req.path) ? protocolError(reason) : problemResponse(reason, c.get("requestId"));
}

function toLimits(config: Config): VisionLimits {
  return {
    image: {
      maxBytes: config.maxImageBytes,
      maxPixels: config.maxImagePixels,
      maxSide: config.maxImageSide,
      // How much a decoder may take is decided with each request, by what the model leaves.
      maxDecodeBytes: config.memoryLimitBytes,
    },
    memoryBytes: config.memoryLimitBytes,
    modelBytes: config.modelBudgetBytes,
    queueDepth: config.queueDepth,
    queueBytes: config.queueBytes,
    storageTimeoutMs: config.storageTimeoutMs,
  };
}
