/**
 * What every route that runs a model does alike: take a place, read the image, run, name the model in the answer.
 *
 * @module
 */
import type { ModelRequest } from "../runtime/registry/select.ts";
import type { Task } from "../runtime/vision.ts";
import { type AppContext, keepAlive } from "./context.ts";
import { readImage } from "./image-body.ts";
import { problem } from "./problem.ts";

/** The members that every answer begins with. */
export interface ModelIdentity {
  readonly model: string;
  readonly variant: string;
  /** Digest over the model's files. */
  readonly sha256: string;
  readonly engine: string;
}

/**
 * Runs `work` with the request's image and model.
 *
 * A place in the queue is taken before the body is read, so that what waits is bounded whatever arrives at once.
 */
export async function infer<T>(
  c: AppContext,
  request: ModelRequest,
  work: (task: Task) => Promise<T>,
): Promise<{ readonly identity: ModelIdentity; readonly result: T }> {
  const { config, vision } = c.get("services");
  const log = c.get("log");
  if (request.engine !== undefined && !config.allowEngineChoice) {
    throw problem(
      "engine-unavailable",
      "This deployment does not let requests choose the engine (ALLOW_ENGINE_CHOICE).",
    );
  }
  const selection = vision.select(request);
  log.model = selection.name;
  log.variant = selection.variant;
  const place = vision.queue.enter(0);
  try {
    const bytes = await readImage(c.req.raw, { maxBytes: config.maxImageBytes, reserve: place.grow });
    const { signal } = c.req.raw;
    const context = { bucket: c.env.MODELS, engine: request.engine, signal, keepAlive: keepAlive(c) };
    log.model_state = vision.registry.isLoaded(selection, request.engine) ? "open" : "loaded";
    return await vision.run(place, selection, bytes, context, async (task) => {
      const { format, width, height } = task.header;
      log.image = { format, width, height, bytes: bytes.byteLength };
      log.engine = task.model.engine;
      const result = await work(task);
      const { name, variant, sha256, engine } = task.model;
      return { identity: { model: name, variant, sha256, engine }, result };
    });
  } finally {
    place.leave();
  }
}
