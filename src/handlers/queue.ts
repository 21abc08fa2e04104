/**
 * The consumer of the queues: jobs of webhooks and events of R2 from the queue `TAGS`, and what it gave up from its dead-letter queue.
 *
 * @module
 */
import { z } from "zod";
import type { Services } from "./context.ts";
import { JOB_ID, jobId, type TagMessage } from "./jobs/job.ts";
import { newRecord, runJob } from "./jobs/run-job.ts";
import { createJobStore, type JobStore, OWN_PREFIXES } from "./jobs/store.ts";
import type { LogSink } from "./middleware/log.ts";
import { toProblem } from "./to-problem.ts";

/** How the dead-letter queue's name ends (wrangler.toml). */
const DEAD_LETTERS = "-dead";

/** A queue lets a message wait a day at most (https://developers.cloudflare.com/queues/platform/limits/). */
const MAX_DELAY_SECONDS = 86_400;

/** What retries are spread by, so that those of one outage do not come all at once. */
const JITTER = 0.1;

/** What an R2 event notification says (https://developers.cloudflare.com/r2/buckets/event-notifications/). */
const R2Event = z.object({
  action: z.string(),
  bucket: z.string(),
  object: z.object({ key: z.string(), eTag: z.string().optional() }),
});

/** Actions that put an object there. */
const CREATES: ReadonlySet<string> = new Set(["PutObject", "CopyObject", "CompleteMultipartUpload"]);

/** What {@link createConsumer} makes. */
export type Consumer = (batch: MessageBatch, env: Cloudflare.Env, ctx: ExecutionContext) => Promise<void>;

/** Makes the Worker's `queue`. Messages are acknowledged one by one: one that fails does not bring back the others. */
export function createConsumer(services: Services, sink: LogSink): Consumer {
  return async (batch, env, ctx) => {
    for (const message of batch.messages) {
      const start = Date.now();
      const line = await consume(services, batch.queue, message, env, ctx);
      const { id: message_id, attempts } = message;
      const time = new Date(start).toISOString();
      sink(
        JSON.stringify({
          time,
          queue: batch.queue,
          message_id,
          attempts,
          ...line,
          duration_ms: Date.now() - start,
        }),
      );
    }
  };
}

/** What the log says of a message beside its queue and attempts. */
interface ConsumedLine {
  readonly outcome: string;
  readonly job?: string;
  readonly source?: string;
  readonly retry_in_s?: number;
  readonly error?: string | undefined;
}

async function consume(
  { config, vision }: Services,
  queue: string,
  message: Message,
  env: Cloudflare.Env,
  ctx: ExecutionContext,
): Promise<ConsumedLine> {
  const retry = (line: ConsumedLine, wait: { slow: boolean; seconds?: number | undefined }): ConsumedLine => {
    const delaySeconds = delayOf(config.webhooks.retryDelays, message.attempts, wait);
    message.retry({ delaySeconds });
    return { ...line, retry_in_s: delaySeconds };
  };
  try {
    const job = await toJob(message.body, config.webhooks.sources.values());
    if (job === undefined) {
      message.ack();
      return { outcome: "ignored" };
    }
    const about = { job: job.job, source: job.source };
    if (env.RESULTS === undefined) return retry({ ...about, outcome: "no-results-bucket" }, { slow: false });
    const store = createJobStore(env.RESULTS, config.storageTimeoutMs);
    if (queue.endsWith(DEAD_LETTERS)) {
      await bury(job, message.attempts, store);
      message.ack();
      return { ...about, outcome: "dead" };
    }
    const keepAlive = (work: Promise<unknown>) => ctx.waitUntil(work);
    const { record, again, error } = await runJob(job, message.attempts, {
      config,
      vision,
      store,
      models: env.MODELS,
      images: env.IMAGES,
      keepAlive,
    });
    const line = { ...about, outcome: record.state, error };
    if (again !== undefined) return retry(line, again);
    message.ack();
    return line;
  } catch (error) {
    const { type, message: detail } = toProblem(error);
    return retry({ outcome: type, error: detail }, { slow: false });
  }
}

/** A dead letter is kept where a command finds it: the dead-letter queue alone would forget it after its retention. */
async function bury(job: TagMessage, attempts: number, store: JobStore): Promise<void> {
  await store.writeDead(job);
  const record = (await store.readJob(job.job)) ?? { ...newRecord(job), attempts };
  await store.writeJob({ ...record, state: "dead", updated: new Date().toISOString() });
}

/**
 * The job that a message asks for. Of R2's events only new objects do, and never our own: results that were tagged again would not end.
 */
async function toJob(
  body: unknown,
  sources: Iterable<
    { readonly name: string; readonly scheme: string } & Pick<TagMessage, "options"> & {
        readonly callbackUrl?: string | undefined;
      }
  >,
): Promise<TagMessage | undefined> {
  const event = R2Event.safeParse(body);
  if (!event.success) return isTagMessage(body) ? body : undefined;
  const { action, bucket, object } = event.data;
  if (!CREATES.has(action) || OWN_PREFIXES.some((prefix) => object.key.startsWith(prefix))) return undefined;
  const source = [...sources].find(({ scheme }) => scheme === "none");
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

/** How long a message waits before it comes again. */
export function delayOf(
  delays: readonly number[],
  attempts: number,
  { slow, seconds = 0 }: { readonly slow: boolean; readonly seconds?: number | undefined },
): number {
  const scheduled = delays[Math.min(attempts, delays.length) - 1] ?? 0;
  const delay = Math.max(scheduled * (slow ? 2 : 1), seconds) * (1 + Math.random() * JITTER);
  return Math.min(MAX_DELAY_SECONDS, Math.ceil(delay));
}
