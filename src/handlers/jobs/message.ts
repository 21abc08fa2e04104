/**
 * What a message of the queue asks for.
 *
 * @module
 */
import * as z from "zod";
import type { WebhookSource } from "../webhooks/sources.ts";
import { JOB_ID, jobId, type TagMessage } from "./job.ts";
import { OWN_PREFIXES } from "./store.ts";

/** What an R2 event notification says (https://developers.cloudflare.com/r2/buckets/event-notifications/). */
const R2Event = z.object({
  action: z.string(),
  bucket: z.string(),
  object: z.object({ key: z.string(), eTag: z.string().optional() }),
});

/** Actions that put an object there. */
const CREATES: ReadonlySet<string> = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);

/**
 * The job that a message asks for, if any. Of R2's events only new objects do, and never our own: results that were tagged again would not end.
 */
export async function toJob(
  body: unknown,
  sources: ReadonlyMap<string, WebhookSource>,
): Promise<TagMessage | undefined> {
  const event = R2Event.safeParse(body);
  if (!event.success) return isTagMessage(body) ? body : undefined;
  const { action, bucket, object } = event.data;
  if (!CREATES.has(action) || OWN_PREFIXES.some((prefix) => object.key.startsWith(prefix))) return undefined;
  const source = [...sources.values()].find(({ scheme }) => scheme === "none");
  if (source === undefined) return undefined;
  return {
    job: await jobId(source.name, bucket, object.key, object.eTag ?? ""),
    source: source.name,
    image: { key: object.key },
    subject: object.key,
    ...(source.callbackUrl !== undefined && { callback: source.callbackUrl }),
    options: source.options,
  };
}

/** Whether a message is one of ours: we alone write to the queue, so its parts need no second look. */
function isTagMessage(body: unknown): body is TagMessage {
  return typeof body === "object" && body !== null && "job" in body && JOB_ID.test(String(body.job));
}
