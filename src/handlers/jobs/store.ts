/**
 * What outlives a message, as objects of the bucket RESULTS: results, jobs, dead letters, callbacks that are disabled, endpoints that asked for time. A
 * lifecycle rule of the bucket lets them expire.
 *
 * Nothing here is a lock. Results lie under the digest of what they were made from, so writing one twice stores the same; a job's record is only what
 * was last known of it.
 *
 * @module
 */
import { within } from "../../runtime/within.ts";
import { digestText, toHex } from "../bytes.ts";
import type { TagAnswer } from "../openapi/answers.ts";
import { problem } from "../problem.ts";
import type { JobRecord, TagMessage } from "./job.ts";

/** Prefixes of our own objects: an event of R2 about one of them starts nothing. */
export const OWN_PREFIXES = ["results/", "jobs/", "dead/", "callbacks/", "endpoints/"] as const;

/** See the module. */
export interface JobStore {
  readJob(id: string): Promise<JobRecord | undefined>;
  writeJob(record: JobRecord): Promise<void>;
  deleteJob(id: string): Promise<void>;
  readResult(key: string): Promise<TagAnswer | undefined>;
  /** Stores a result unless it is stored already. */
  writeResult(key: string, result: TagAnswer): Promise<void>;
  readDead(id: string): Promise<TagMessage | undefined>;
  writeDead(message: TagMessage): Promise<void>;
  deleteDead(id: string): Promise<void>;
  /** Ids of dead letters, at most 1,000. */
  listDead(): Promise<string[]>;
  isDisabled(callback: string): Promise<boolean>;
  setDisabled(callback: string, disabled: boolean): Promise<void>;
  /** What the callback's endpoint asked for when it was called last: its address without the query, which may name a job. */
  readHold(callback: string): Promise<Hold | undefined>;
  /** Holds back all jobs for the callback's endpoint, or no more. */
  setHold(callback: string, hold: Hold | undefined): Promise<void>;
}

/** That an endpoint is not to be called. */
export interface Hold {
  /** As `Date.now()` counts. */
  readonly until: number;
  readonly seconds: number;
}

/** Makes the store of a bucket. Every method throws `storage-failure` where R2 fails or takes longer than `timeoutMs`. */
export function createJobStore(bucket: R2Bucket, timeoutMs: number): JobStore {
  async function guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await within(work, timeoutMs);
    } catch (cause) {
      throw problem("storage-failure", "The bucket of results did not answer.", { cause });
    }
  }

  async function read<T>(key: string): Promise<T | undefined> {
    return guard(
      (async () => {
        const object = await bucket.get(key);
        return object === null ? undefined : await object.json<T>();
      })(),
    );
  }

  async function write(key: string, value: unknown): Promise<void> {
    const options = { httpMetadata: { contentType: "application/json" } };
    await guard(bucket.put(key, JSON.stringify(value), options));
  }

  const remove = (key: string): Promise<void> => guard(bucket.delete(key));
  const jobKey = (id: string): string => `jobs/${id}.json`;
  const deadKey = (id: string): string => `dead/${id}.json`;
  const callbackKey = async (url: string): Promise<string> =>
    `callbacks/${toHex(await digestText(url))}.json`;
  const endpointKey = async (url: string): Promise<string> =>
    `endpoints/${toHex(await digestText(url.replace(/[?#].*$/, "")))}.json`;

  return {
    readJob: (id) => read(jobKey(id)),
    writeJob: (record) => write(jobKey(record.id), record),
    deleteJob: (id) => remove(jobKey(id)),
    readResult: (key) => read(key),
    async writeResult(key, result) {
      if ((await guard(bucket.head(key))) === null) await write(key, result);
    },
    readDead: (id) => read(deadKey(id)),
    writeDead: (message) => write(deadKey(message.job), message),
    deleteDead: (id) => remove(deadKey(id)),
    async listDead() {
      const { objects } = await guard(bucket.list({ prefix: "dead/" }));
      return objects.map(({ key }) => key.slice("dead/".length, -".json".length));
    },
    async isDisabled(callback) {
      return (await guard(bucket.head(await callbackKey(callback)))) !== null;
    },
    async setDisabled(callback, disabled) {
      const key = await callbackKey(callback);
      await (disabled ? write(key, { disabled: new Date().toISOString() }) : remove(key));
    },
    readHold: async (callback) => read(await endpointKey(callback)),
    async setHold(callback, hold) {
      const key = await endpointKey(callback);
      await (hold ? write(key, hold) : remove(key));
    },
  };
}
