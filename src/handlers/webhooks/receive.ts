/**
 * `POST /v1/webhooks/{source}`: checks who sends, puts a job on the queue, and answers at once.
 *
 * @module
 */
import { within } from "../../runtime/within.ts";
import { readBody } from "../body.ts";
import { digestBytes, toHex } from "../bytes.ts";
import type { AppContext } from "../context.ts";
import { FINAL, jobId, type TagMessage } from "../jobs/job.ts";
import { newRecord } from "../jobs/run-job.ts";
import { createJobStore } from "../jobs/store.ts";
import { problem } from "../problem.ts";
import { resolvePointer } from "./pointer.ts";
import type { WebhookSource } from "./sources.ts";
import { isSigned } from "./verify.ts";

/** Largest payload, in bytes: senders stay far below (Standard Webhooks 20 kB, GitHub 25 MB for events without pictures that we could use). */
const MAX_PAYLOAD_BYTES = 2 ** 20;

/** Longest address or id in a payload that is taken over into a job. */
const MAX_VALUE = 2048;

/** Answers 202 with the job. The same delivery sent again is the same job. */
export async function postWebhook(c: AppContext): Promise<Response> {
  const { config } = c.get("services");
  const name = c.req.param("source") ?? "";
  const source = config.webhooks.sources.get(name);
  if (source === undefined || source.scheme === "none") {
    throw problem("unknown-source", "No webhook source of that name is configured (WEBHOOKS).");
  }
  const { TAGS, RESULTS } = c.env;
  if (TAGS === undefined || RESULTS === undefined) {
    throw problem(
      "queue-failure",
      "This deployment lacks the queue or the bucket of results that webhooks need.",
    );
  }
  const body = await readBody(c.req.raw, {
    limit: MAX_PAYLOAD_BYTES,
    reserve: () => undefined,
    setting: "a webhook's limit",
  });
  const { pathname, search } = new URL(c.req.url);
  const { headers, method } = c.req.raw;
  if (!(await isSigned({ method, path: pathname + search, headers, body }, source))) {
    throw problem(
      "wrong-signature",
      "The signature or its timestamp does not hold for any secret of this source.",
    );
  }
  const message = await toMessage(source, headers, body);
  c.get("log").source = name;
  if (message === undefined) return c.json({ ignored: `the payload has no address at ${source.image}` });
  c.get("log").job = message.job;

  const store = createJobStore(RESULTS, config.storageTimeoutMs);
  const status_url = new URL(`/v1/jobs/${message.job}`, c.req.url).href;
  const answer = { job: message.job, status_url };
  const known = await store.readJob(message.job);
  // One that is only queued is queued again: whoever answered nothing may have got no further than its record.
  if (known !== undefined && FINAL.has(known.state)) return c.json(answer, 202);
  if (known === undefined) await store.writeJob(newRecord(message));
  try {
    await within(TAGS.send(message), config.storageTimeoutMs);
  } catch (cause) {
    if (known === undefined) await store.deleteJob(message.job).catch(() => undefined);
    throw problem("queue-failure", "The queue did not take the job; send the webhook again.", { cause });
  }
  return c.json(answer, 202);
}

async function toMessage(
  source: WebhookSource,
  headers: Headers,
  body: Uint8Array,
): Promise<TagMessage | undefined> {
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch (cause) {
    throw problem("bad-request-body", "The payload is not JSON.", { cause });
  }
  const image = textAt(payload, source.image);
  if (image === undefined) return undefined;
  const delivery = source.delivery === undefined ? null : headers.get(source.delivery);
  const subject = textAt(payload, source.id);
  const callback = textAt(payload, source.callback) ?? source.callbackUrl;
  return {
    job: await jobId(source.name, delivery ?? toHex(await digestBytes(body))),
    source: source.name,
    // Contentful leaves out the scheme.
    image: { url: image.startsWith("//") ? `https:${image}` : image },
    ...(subject !== undefined && { subject }),
    ...(callback !== undefined && { callback }),
    options: source.options,
  };
}

/** The text (or number, as ids are) at a pointer. */
function textAt(payload: unknown, pointer: string | undefined): string | undefined {
  if (pointer === undefined) return undefined;
  const value = resolvePointer(payload, pointer);
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  return text === "" || text.length > MAX_VALUE ? undefined : text;
}
