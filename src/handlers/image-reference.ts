/**
 * Fetches a picture that a request only points to: by address, or by its key in the bucket IMAGES.
 *
 * @module
 */
import * as z from "zod";
import type { Config } from "../config.ts";
import { within } from "../runtime/within.ts";
import { type ReadBodyOptions, readStream } from "./body.ts";
import { fetchImage } from "./fetch-image/fetch-image.ts";
import { problem } from "./problem.ts";
import { toProblem } from "./to-problem.ts";

/** Where a picture lies: `{ "url": "https://…" }` or `{ "key": "…" }`. R2's keys have 1,024 bytes at most. */
export const ImageReference = z.union([
  z.strictObject({ url: z.string().min(1).max(2048) }),
  z.strictObject({ key: z.string().min(1).max(1024) }),
]);
export type ImageReference = z.infer<typeof ImageReference>;

/** What a reference is followed with. */
export interface FollowOptions {
  readonly config: Config;
  readonly images: R2Bucket | undefined;
  /** Called before bytes are kept, with how many; may throw. */
  readonly reserve: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The picture's file, where the configuration lets callers point to one.
 *
 * @throws {Problem} `url-refused`, `unknown-image`, `image-too-large` or `storage-failure`
 * @throws {UrlRefusedError} {@link FetchImageError} {@link CodecError}
 */
export async function followReference(
  reference: ImageReference,
  options: FollowOptions,
): Promise<Uint8Array> {
  const { config, reserve, signal } = options;
  if ("url" in reference) {
    if (!config.fetch.enabled) {
      throw problem("url-refused", "This deployment fetches no images by address (IMAGE_URLS).");
    }
    const { maxImageBytes: maxBytes } = config;
    return fetchImage(reference.url, { ...config.fetch, maxBytes, reserve, signal });
  }
  if (!config.allowImageKeys || options.images === undefined) {
    throw problem(
      "unknown-image",
      "This deployment takes no images by key (ALLOW_IMAGE_KEYS, and the binding IMAGES).",
    );
  }
  return readStoredImage(options.images, reference.key, {
    limit: config.maxImageBytes,
    timeoutMs: config.storageTimeoutMs,
    reserve,
  });
}

/** How a picture of the bucket is read. */
export interface StoredImageOptions extends ReadBodyOptions {
  /** Most milliseconds to wait for the object, and then for its bytes. */
  readonly timeoutMs: number;
}

/** A picture of the bucket. @throws {Problem} `unknown-image`, `image-too-large` or `storage-failure`; and whatever `reserve` throws */
export async function readStoredImage(
  images: R2Bucket,
  key: string,
  options: StoredImageOptions,
): Promise<Uint8Array> {
  const { limit, timeoutMs } = options;
  const object = await guard(images.get(key), timeoutMs);
  if (object === null) throw problem("unknown-image", "The bucket of images has nothing under that key.");
  if (object.size > limit) {
    await object.body.cancel();
    throw problem(
      "image-too-large",
      `The image has ${object.size} bytes; at most ${limit} are taken (MAX_IMAGE_BYTES).`,
    );
  }
  return guard(readStream(object.body, options), timeoutMs);
}

/** Bounds the wait for the bucket, and names its failures; those that have a name already keep it. */
async function guard<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  try {
    return await within(work, timeoutMs);
  } catch (cause) {
    if (toProblem(cause).type !== "internal-error") throw cause;
    throw problem("storage-failure", "The bucket of images did not answer.", { cause });
  }
}
