/**
 * What a callback is told.
 *
 * @module
 */
import type { TagAnswer } from "../openapi/answers.ts";
import type { JobRecord } from "./job.ts";

/** Standard Webhooks: payloads stay below 20 kB. */
const MAX_BYTES = 20_000;

/** The payload of a job that is tagged, or that cannot be. Of very many tags, those that fit are told; all are in the stored result. */
export function callbackPayload(job: JobRecord, result: TagAnswer | undefined): string {
  const { id, source, subject, problem } = job;
  const timestamp = new Date().toISOString();
  const head = { job: id, source, ...(subject !== undefined && { id: subject }) };
  if (result === undefined) {
    return JSON.stringify({ type: "image.failed", timestamp, data: { ...head, problem } });
  }
  const told = (tags: TagAnswer["tags"]) =>
    JSON.stringify({
      type: "image.tagged",
      timestamp,
      data: {
        ...head,
        result: job.result,
        ...result,
        tags,
        ...(tags.length < result.tags.length && { truncated: true }),
      },
    });
  let { tags } = result;
  for (;;) {
    const payload = told(tags);
    if (new TextEncoder().encode(payload).byteLength <= MAX_BYTES || tags.length === 0) return payload;
    tags = tags.slice(0, Math.floor(tags.length / 2));
  }
}
