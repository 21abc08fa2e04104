/**
 * The consumer of the queues: jobs of webhooks and events of R2 from the queue `TAGS`, and what it gave up from its dead-letter queue.
 *
 * @module
 */
import { within } from "../runtime/within.ts";
import type { Services } from "./context.ts";
import type { TagMessage } from "./jobs/job.ts";
import { toJob } from "./jobs/message.ts";
import { type Again, newRecord, runJob } from "./jobs/run-job.ts";
import { delayOf } from "./jobs/schedule.ts";
import { createJobStore, type JobStore } from "./jobs/store.ts";
import type { LogSink } from "./middleware/log.ts";
import { toProblem } from "./to-problem.ts";

/** How the dead-letter queue's name ends (wrangler.toml). */
const DEAD_LETTERS = "-dead";

/** A message without its methods: what passes to a Durable Object, too. */
export interface QueuedMessage {
  readonly queue: string;
  readonly id: string;
  /** How often the queue has given it out, this time included. */
  readonly attempts: number;
  readonly body: unknown;
}

/** What becomes of a message: it is done with, or comes again after so many seconds. */
export interface Verdict {
  readonly retrySeconds?: number | undefined;
}

/** Does what a message asks for. Never throws: what fails comes again. */
export type Consume = (
  message: QueuedMessage,
  env: Cloudflare.Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
) => Promise<Verdict>;

/** Takes a batch's messages one by one: one that fails does not bring back the others. */
export async function consumeBatch(
  { queue, messages }: MessageBatch,
  consume: (message: QueuedMessage) => Promise<Verdict>,
): Promise<void> {
  for (const message of messages) {
    const { id, attempts, body } = message;
    const { retrySeconds } = await consume({ queue, id, attempts, body });
    if (retrySeconds === undefined) message.ack();
    else message.retry({ delaySeconds: retrySeconds });
  }
}

/** Makes the consumer, which writes a log line a message. */
export function createConsumer(services: Services, sink: LogSink): Consume {
  return async (message, env, ctx) => {
    const { queue, id: message_id, attempts } = message;
    const start = Date.now();
    const { retrySeconds: retry_in_s, ...line } = await attempt(services, message, env, ctx).catch(
      (error: unknown): Attempt => {
        const { type, message: detail } = toProblem(error);
        const retrySeconds = delayOf(services.config.webhooks.retryDelays, attempts);
        return { outcome: type, error: detail, retrySeconds };
      },
    );
    const time = new Date(start).toISOString();
    const duration_ms = Date.now() - start;
    sink(JSON.stringify({ time, queue, message_id, attempts, ...line, retry_in_s, duration_ms }));
    return { retrySeconds: retry_in_s };
  };
}

/** A verdict with what the log says of it. */
interface Attempt extends Verdict {
  readonly outcome: string;
  readonly job?: string;
  readonly source?: string;
  readonly error?: string | undefined;
}

async function attempt(
  { config, vision }: Services,
  { queue, attempts, body }: QueuedMessage,
  env: Cloudflare.Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Attempt> {
  const job = await toJob(body, config.webhooks.sources);
  if (job === undefined) return { outcome: "ignored" };
  const about = { job: job.job, source: job.source };
  if (env.RESULTS === undefined) {
    const retrySeconds = delayOf(config.webhooks.retryDelays, attempts);
    return { ...about, outcome: "no-results-bucket", retrySeconds };
  }
  const store = createJobStore(env.RESULTS, config.storageTimeoutMs);
  if (queue.endsWith(DEAD_LETTERS)) {
    await bury(job, attempts, store);
    return { ...about, outcome: "dead" };
  }
  const { record, again, error } = await runJob(job, attempts, {
    config,
    vision,
    store,
    models: env.MODELS,
    images: env.IMAGES,
    keepAlive: (work) => ctx.waitUntil(work),
  });
  const retrySeconds = await comeAgain(job, again, env.TAGS, config.storageTimeoutMs);
  return { ...about, outcome: record.state, error, retrySeconds };
}

/**
 * Has a job come again. A wait that is no attempt is a message of its own, for the queue counts each time that it gives one out; where the queue does not
 * take that, or is silent, this message comes again: a job that comes twice is done once.
 *
 * @returns after how many seconds this message comes again, if it does
 */
async function comeAgain(
  job: TagMessage,
  again: Again | undefined,
  tags: Queue | undefined,
  timeoutMs: number,
): Promise<number | undefined> {
  if (again === undefined) return undefined;
  if (again.counts || tags === undefined) return again.seconds;
  const sent = within(tags.send(job, { delaySeconds: again.seconds }), timeoutMs);
  return sent.then(
    () => undefined,
    () => again.seconds,
  );
}

/** A dead letter is kept where a command finds it: the dead-letter queue alone would forget it after its retention. */
async function bury(job: TagMessage, attempts: number, store: JobStore): Promise<void> {
  await store.writeDead(job);
  const record = (await store.readJob(job.job)) ?? { ...newRecord(job), attempts };
  await store.writeJob({ ...record, state: "dead", updated: new Date().toISOString() });
}
