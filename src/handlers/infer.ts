/**
 * What every route that runs a model does alike: take a place, read the image, run, name the model in the answer.
 *
 * @module
 */
import { toDecodable } from "../codecs/index.ts";
import { type ImageInfo, type PreparedImage, prepare } from "../runtime/prepare.ts";
import type { LoadedModel } from "../runtime/registry/registry.ts";
import type { ModelRequest, Selection } from "../runtime/registry/select.ts";
import type { Task, Turn } from "../runtime/vision.ts";
import { type AppContext, keepAlive } from "./context.ts";
import { convertWith } from "./convert-image.ts";
import { readImage } from "./image-body.ts";
import { followReference, type ImageReference } from "./image-reference.ts";
import { problem } from "./problem.ts";
import { strict } from "./query.ts";

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

/**
 * Does work with the request's image when its turn comes.
 *
 * A place in the queue is taken before the body is read, so that what waits is bounded whatever arrives at once.
 *
 * @param read how the image is taken out of the request
 */
export async function withImage<T>(
  c: AppContext,
  engine: ModelRequest["engine"],
  work: (turn: Turn) => Promise<T>,
  read: typeof readImage = readImage,
): Promise<T> {
  const { config, vision } = c.get("services");
  const { signal } = c.req.raw;
  const place = vision.queue.enter(0, signal);
  try {
    const { grow: reserve } = place;
    const follow = (reference: ImageReference) =>
      followReference(reference, { config, images: c.env.IMAGES, reserve, signal });
    const sent = await read(c.req.raw, { maxBytes: config.maxImageBytes, reserve, follow });
    const bytes = await toDecodable(sent, vision.limits.image, convertWith(c.env.IMAGE_CONVERTER));
    const context = { bucket: c.env.MODELS, engine, signal, keepAlive: keepAlive(c) };
    return await vision.run(place, bytes, context, (turn) => {
      const { format, width, height } = turn.header;
      c.get("log").image = { format, width, height, bytes: bytes.byteLength };
      return work(turn);
    });
  } finally {
    place.leave();
  }
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
  const task = await turn.open(selection, extraBytes);
  log.models.push({ ...identify(task.model), state: wasOpen ? "open" : "loaded" });
  const prepared = await prepare(task, isStrict(c));
  return { ...task, ...prepared, head: { ...identify(task.model), image: prepared.image } };
}

/** Which model this is, as answers say it. */
export function identify({ name, variant, sha256, engine }: LoadedModel): ModelIdentity {
  return { model: name, variant, sha256, engine };
}

/** Headers that say it where the answer is a picture. */
export function identityHeaders({ model, variant, sha256, engine }: ModelIdentity): Record<string, string> {
  return { "X-Model": model, "X-Model-Variant": variant, "X-Model-Sha256": sha256, "X-Model-Engine": engine };
}
