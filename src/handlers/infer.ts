/**
 * What every route that runs a model does alike: take a place, read the image, run, name the model in the answer.
 *
 * @module
 */
import { toDecodable } from "../codecs/index.ts";
import { type ImageInfo, type PreparedImage, prepare } from "../runtime/prepare.ts";
import type { Place } from "../runtime/queue.ts";
import type { ModelRequest, Selection } from "../runtime/registry/select.ts";
import type { LoadedModel } from "../runtime/registry/types.ts";
import type { Task, Turn } from "../runtime/vision.ts";
import { type AppContext, keepAlive } from "./context.ts";
import { convertWith } from "./convert-image.ts";
import type { ImageBodyOptions } from "./image-body.ts";
import { followReference } from "./image-reference.ts";
import { problem } from "./problem.ts";
import { strict } from "./query.ts";
import { timed, timedModel, timedRows } from "./stopwatch.ts";

/** Which model answered. */
export interface ModelIdentity {
  readonly model: string;
  readonly variant: string;
  /** Digest over the model's files. */
  readonly sha256: string;
  readonly engine: string;
}

/** What every answer of one model begins with. */
export interface AnswerHead extends ModelIdentity {
  readonly image: ImageInfo;
}

/** The model that a request means, checked against what requests may choose. @throws {Problem} @throws {ModelError} */
export function choose(c: AppContext, request: ModelRequest): Selection {
  const { config, vision } = c.get("services");
  if (request.engine !== undefined && !config.allowEngineChoice) {
    throw problem(
      "engine-unavailable",
      "This deployment does not let requests choose the engine (ALLOW_ENGINE_CHOICE).",
    );
  }
  return vision.select(request);
}

/** A place in the queue for the request. It is taken before the body is read, so that what waits is bounded whatever arrives at once. */
export async function withPlace<T>(c: AppContext, work: (place: Place) => Promise<T>): Promise<T> {
  const place = c.get("services").vision.queue.enter(0, c.req.raw.signal);
  try {
    return await work(place);
  } finally {
    place.leave();
  }
}

/** How the request's images are read. @param reserve called before bytes are kept, with how many */
export function readOptions(c: AppContext, reserve: (bytes: number) => void): ImageBodyOptions {
  const { config } = c.get("services");
  const { signal } = c.req.raw;
  return {
    maxBytes: config.maxImageBytes,
    maxImages: config.maxImages,
    reserve,
    follow: (reference) => followReference(reference, { config, images: c.env.IMAGES, reserve, signal }),
  };
}

/** The bucket that models are read from. @throws {Problem} `storage-failure` where none is bound */
export function modelBucket(c: AppContext): R2Bucket {
  const bucket: R2Bucket | undefined = c.env.MODELS;
  if (bucket === undefined) {
    throw problem("storage-failure", "This deployment lacks the bucket of models (the binding MODELS).");
  }
  return bucket;
}

/** Does work with an image when its turn comes. */
export async function runImage<T>(
  c: AppContext,
  place: Place,
  image: Uint8Array,
  work: (turn: Turn) => Promise<T>,
  engine?: ModelRequest["engine"],
): Promise<T> {
  const { config, vision } = c.get("services");
  const convert = convertWith(c.env.IMAGE_CONVERTER, config.storageTimeoutMs);
  const bytes = await toDecodable(image, vision.limits.image, convert);
  const context = { bucket: modelBucket(c), engine, signal: c.req.raw.signal, keepAlive: keepAlive(c) };
  return timed(c, "wait", () =>
    vision.run(place, bytes, context, (turn) => {
      const { format, width, height } = turn.header;
      c.get("log").image = { format, width, height, bytes: bytes.byteLength };
      return timed(c, "post", () => work(turn));
    }),
  );
}

/** Whether `?strict=` was asked for; the route's schema has checked the text. */
function isStrict(c: AppContext): boolean {
  return strict.safeParse(c.req.query("strict")).data ?? false;
}

/** Opens the model, prepares the picture for it, and notes both for the log. */
export async function openFor(
  c: AppContext,
  turn: Turn,
  selection: Selection,
  extraBytes?: number,
): Promise<Task & PreparedImage & { readonly head: AnswerHead }> {
  const log = c.get("log");
  log.models ??= [];
  const { vision } = c.get("services");
  const wasOpen = vision.registry.isLoaded(selection);
  const task = await timed(c, "load", () => turn.open(selection, extraBytes));
  const identity = identify(task.model);
  if (!log.models.some(({ sha256 }) => sha256 === identity.sha256)) {
    log.models.push({ ...identity, state: wasOpen ? "open" : "loaded" });
  }
  const stopwatch = c.get("stopwatch");
  const options = { strict: isStrict(c), ...(stopwatch && { aroundResize: timedRows(stopwatch) }) };
  const prepared = await timed(c, "decode", () => prepare(task, options));
  const model = stopwatch ? timedModel(task.model, stopwatch) : task.model;
  return { ...task, ...prepared, model, head: { ...identity, image: prepared.image } };
}

/** Which model this is, as answers say it. */
export function identify({ name, variant, sha256, engine }: LoadedModel): ModelIdentity {
  return { model: name, variant, sha256, engine };
}

/** Headers that say it where the answer is a picture. */
export function identityHeaders({ model, variant, sha256, engine }: ModelIdentity): Record<string, string> {
  return { "X-Model": model, "X-Model-Variant": variant, "X-Model-Sha256": sha256, "X-Model-Engine": engine };
}
