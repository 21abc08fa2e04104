/**
 * Runs a job as far as it goes: tags the picture, delivers the result, and says whether to come again.
 *
 * Every step may be repeated: the result is stored under the digest of what it was made from, the callback is sent under the id that it had
 * the first time, and a job that is finished is not begun anew.
 *
 * @module
 */
import { describeError } from "../describe-error.ts";
import { FetchImageError } from "../fetch-image/fetch-image.ts";
import { type ProblemType, problem } from "../problem.ts";
import { toProblem } from "../to-problem.ts";
import type { WebhookSource } from "../webhooks/sources.ts";
import { FINAL, type JobRecord, type TagMessage } from "./job.ts";
import { callbackPayload } from "./payload.ts";
import { delayOf } from "./schedule.ts";
import { type JobServices, type StoredResult, tagJob } from "./tag-job.ts";
import { tell } from "./tell.ts";

/** How a job comes again. */
export interface Again {
  readonly seconds: number;
  /** Whether this was an attempt; a job that waits for its endpoint has used up none. */
  readonly counts: boolean;
}

/** What came of an attempt. */
export interface JobOutcome {
  readonly record: JobRecord;
  /** Set when the job has to come again, after so many seconds. */
  readonly again?: Again;
  /** The messages of an unexpected error, for the log. */
  readonly error?: string;
}

/** Problems that may be gone another time. */
const TRANSIENT: ReadonlySet<ProblemType> = new Set<ProblemType>([
  "overloaded",
  "storage-failure",
  "corrupt-model",
  "model-not-installed",
  "request-cancelled",
  "engine-failure",
  "internal-error",
]);

/**
 * One attempt at a job.
 *
 * @param attempts how often the queue has given out the message, this time included
 * @throws {Problem} `storage-failure` where even the job's record cannot be had
 */
export async function runJob(
  message: TagMessage,
  attempts: number,
  services: JobServices,
): Promise<JobOutcome> {
  const { store, config } = services;
  const last = await store.readJob(message.job);
  if (last !== undefined && FINAL.has(last.state)) return { record: last };
  let record: JobRecord = { ...(last ?? newRecord(message)), attempts };
  const save = async (change: Partial<JobRecord>): Promise<void> => {
    record = { ...record, ...change, updated: new Date().toISOString() };
    await store.writeJob(record);
  };

  const source = config.webhooks.sources.get(message.source);
  let found: StoredResult | undefined;
  try {
    if (source === undefined)
      throw problem("unknown-source", "The source of this job is no longer configured.");
    found = await resume(record, message, source, services);
    await save({ state: "tagged", result: found.key, problem: undefined });
  } catch (error) {
    const { type, message: detail } = toProblem(error);
    const transient = error instanceof FetchImageError ? error.transient : TRANSIENT.has(type);
    if (transient) {
      await save({ state: "retrying", problem: { type, detail } });
      const seconds = delayOf(config.webhooks.retryDelays, attempts);
      return { record, again: { seconds, counts: true }, error: describeError(error) };
    }
    await save({ problem: { type, detail } });
  }

  const tagged = found === undefined ? "failed" : "done";
  if (message.callback === undefined || source === undefined) {
    await save({ state: tagged });
    return { record };
  }
  const notice = {
    callback: message.callback,
    id: `msg_${record.id}`,
    payload: callbackPayload(record, found?.answer),
    attempts,
  };
  const told = await tell(notice, source.callbackHosts, services);
  switch (told.outcome) {
    case "delivered":
      await save({ state: found === undefined ? "failed" : "delivered" });
      return { record };
    case "disabled":
      await save({ state: "disabled" });
      return { record };
    case "refused":
      await save({ state: "failed", problem: { type: "callback-failed", detail: told.detail } });
      return { record };
    case "held":
      await save({ state: "held" });
      return { record, again: { seconds: told.seconds, counts: isOld(record, config.webhooks.retryDelays) } };
    case "failed": {
      const { detail, seconds } = told;
      // Why the picture could not be tagged is worth more than why that could not be told.
      await save({
        state: "retrying",
        ...(found !== undefined && { problem: { type: "callback-failed", detail } }),
      });
      return { record, again: { seconds, counts: true }, error: detail };
    }
  }
}

/** Whether a job has waited for as long as all its retries may take: from then on each wait counts, so that it ends. */
function isOld({ created }: JobRecord, retryDelays: readonly number[]): boolean {
  const retrySeconds = retryDelays.reduce((sum, delay) => sum + delay, 0);
  return Date.now() - Date.parse(created) > retrySeconds * 1000;
}

/** The stored result where an earlier attempt got that far. */
async function resume(
  record: JobRecord,
  message: TagMessage,
  source: WebhookSource,
  services: JobServices,
): Promise<StoredResult> {
  if (record.result !== undefined) {
    const answer = await services.store.readResult(record.result);
    if (answer !== undefined) return { key: record.result, answer };
  }
  return tagJob(message, source, services);
}

/** The record of a job that nothing has been done for. */
export function newRecord({ job: id, source, subject }: TagMessage): JobRecord {
  const created = new Date().toISOString();
  return {
    id,
    source,
    ...(subject !== undefined && { subject }),
    state: "queued",
    attempts: 0,
    created,
    updated: created,
  };
}
