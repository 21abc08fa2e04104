/**
 * The first half of a job: fetch the picture, tag it, store the result.
 *
 * @module
 */
import type { Config } from "../../config.ts";
import { prepare } from "../../runtime/prepare.ts";
import type { Selection } from "../../runtime/registry/select.ts";
import type { Vision } from "../../runtime/vision.ts";
import { digestBytes, digestText, toHex } from "../bytes.ts";
import { fetchImage } from "../fetch-image/fetch-image.ts";
import { readStoredImage } from "../image-reference.ts";
import { identify } from "../infer.ts";
import type { TagAnswer } from "../openapi/answers.ts";
import { problem } from "../problem.ts";
import { type Question, questionParts } from "../question.ts";
import { chooseTagModels, listTagModels, tagImage } from "../tag-image.ts";
import type { WebhookSource } from "../webhooks/sources.ts";
import type { TagMessage } from "./job.ts";
import type { JobStore } from "./store.ts";

/** What jobs are done with. */
export interface JobServices {
  readonly config: Config;
  readonly vision: Vision;
  readonly store: JobStore;
  readonly models: R2Bucket;
  readonly images: R2Bucket | undefined;
  readonly keepAlive: (work: Promise<unknown>) => void;
}

/** A result, and where it lies. */
export interface StoredResult {
  readonly key: string;
  readonly answer: TagAnswer;
}

/** Tags a message's picture, or finds that it is tagged already. @throws whatever `POST /v1/tag` would answer as a problem */
export async function tagJob(
  message: TagMessage,
  source: WebhookSource,
  { config, vision, store, models: bucket, images, keepAlive }: JobServices,
): Promise<StoredResult> {
  const { options } = message;
  const chosen = chooseTagModels(vision, options, (request) => vision.select(request));
  const place = vision.queue.enter(0);
  try {
    const bytes = await readPicture(message, source, config, images, place.grow);
    const key = await resultKey(bytes, { models: listTagModels(chosen), query: options }, vision);
    const known = await store.readResult(key);
    if (known !== undefined) return { key, answer: known };
    const context = { bucket, engine: options.engine, keepAlive };
    const answer = await vision.run(place, bytes, context, (turn) =>
      tagImage(chosen, options, async (selection: Selection) => {
        const task = await turn.open(selection);
        const prepared = await prepare(task);
        return { ...task, ...prepared, head: { ...identify(task.model), image: prepared.image } };
      }),
    );
    await store.writeResult(key, answer);
    return { key, answer };
  } finally {
    place.leave();
  }
}

async function readPicture(
  { image }: TagMessage,
  { imageHosts }: WebhookSource,
  { fetch: { allowHttp, hosts, timeoutMs }, maxImageBytes, storageTimeoutMs }: Config,
  images: R2Bucket | undefined,
  reserve: (bytes: number) => void,
): Promise<Uint8Array> {
  if ("key" in image) {
    if (images === undefined)
      throw problem("unknown-image", "This deployment has no bucket of images (IMAGES).");
    return readStoredImage(images, image.key, {
      limit: maxImageBytes,
      timeoutMs: storageTimeoutMs,
      reserve,
    });
  }
  return fetchImage(image.url, {
    allowHttp,
    hosts: imageHosts.length > 0 ? imageHosts : hosts,
    timeoutMs,
    maxBytes: maxImageBytes,
    reserve,
  });
}

/** Where a result lies: by the digests of the picture, and of what is asked of it. */
async function resultKey(bytes: Uint8Array, question: Question, { engines }: Vision): Promise<string> {
  const image = toHex(await digestBytes(bytes));
  const asked = toHex(await digestText(JSON.stringify(questionParts(question, engines))));
  return `results/${image}/${asked}.json`;
}
