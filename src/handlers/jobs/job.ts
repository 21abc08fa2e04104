/**
 * A job: one picture to tag, from the message that asks for it to the answer that is delivered.
 *
 * @module
 */
import { digestText, toHex } from "../bytes.ts";
import type { ImageReference } from "../image-reference.ts";
import type { ProblemType } from "../problem.ts";
import type { TagOptions } from "../tag.ts";

/** What the queue carries: pointers only, far below a message's 128 kB. */
export interface TagMessage {
  readonly job: string;
  /** The source's name; the hosts it may use are in its configuration. */
  readonly source: string;
  readonly image: ImageReference;
  /** What the sender calls the picture. */
  readonly subject?: string;
  /** Where the result goes. */
  readonly callback?: string;
  readonly options: TagOptions;
}

/**
 * `queued`: the queue has it. `retrying`: something failed that may work later. `tagged`: the result is stored, its delivery is to come. `held`: so it is, and the
 * callback's endpoint has asked for time. `done`: stored, and nobody is to be told. `delivered`: and the callback has taken it. `failed`: the picture cannot be
 * tagged. `disabled`: the callback answered 410. `dead`: given up after all retries.
 */
export type JobState =
  | "queued"
  | "retrying"
  | "tagged"
  | "held"
  | "done"
  | "delivered"
  | "failed"
  | "disabled"
  | "dead";

/** What is kept of a job, as `jobs/<id>.json` in the bucket RESULTS. No address of the picture or the callback: they may carry tokens. */
export interface JobRecord {
  readonly id: string;
  readonly source: string;
  readonly subject?: string | undefined;
  readonly state: JobState;
  /** How often the queue has given it to us. */
  readonly attempts: number;
  /** The key of the stored result. */
  readonly result?: string | undefined;
  /** Why it cannot be tagged, or why the last attempt failed. */
  readonly problem?: { readonly type: ProblemType | "callback-failed"; readonly detail: string } | undefined;
  readonly created: string;
  readonly updated: string;
}

/** States in which nothing more happens to a job: a message that comes again is done with. */
export const FINAL: ReadonlySet<JobState> = new Set(["done", "delivered", "failed", "disabled"]);

/** 128 bits of SHA-256 in hexadecimal digits: no two deliveries share them by chance, and nobody guesses one. */
const ID_DIGITS = 32;

/** What a job's id looks like. */
export const JOB_ID = /^[0-9a-f]{32}$/;

/**
 * The id of a job: the same for the same delivery of the same source, so that a webhook that is sent twice is one job.
 *
 * @param parts the source and what tells its deliveries apart
 */
export async function jobId(...parts: readonly string[]): Promise<string> {
  return toHex(await digestText(JSON.stringify(parts))).slice(0, ID_DIGITS);
}
