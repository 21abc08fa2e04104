/**
 * What can be asked of jobs: their state, which of them are dead, and that a dead one be tried again.
 *
 * @module
 */
import { within } from "../../runtime/within.ts";
import type { AppContext } from "../context.ts";
import { problem } from "../problem.ts";
import { JOB_ID } from "./job.ts";
import { newRecord } from "./run-job.ts";
import { createJobStore, type JobStore } from "./store.ts";

/** `GET /v1/jobs/{id}`: the job's state, and its result once there is one. */
export async function getJob(c: AppContext): Promise<Response> {
  const store = storeOf(c);
  const record = await store.readJob(idOf(c));
  if (record === undefined) throw unknown();
  const { result: key, ...rest } = record;
  const result = key === undefined ? undefined : await store.readResult(key);
  return c.json({
    ...rest,
    ...(key !== undefined && { result_key: key }),
    ...(result !== undefined && { result }),
  });
}

/** `GET /v1/jobs`: the ids of dead jobs. */
export async function getDeadJobs(c: AppContext): Promise<Response> {
  return c.json({ dead: await storeOf(c).listDead() });
}

/** `POST /v1/jobs/{id}/replay`: puts a dead job on the queue again, and takes its callback for alive. */
export async function postReplay(c: AppContext): Promise<Response> {
  const store = storeOf(c);
  const id = idOf(c);
  const message = await store.readDead(id);
  if (message === undefined || c.env.TAGS === undefined) throw unknown();
  const record = (await store.readJob(id)) ?? newRecord(message);
  if (message.callback !== undefined) await store.setDisabled(message.callback, false);
  await store.writeJob({ ...record, state: "queued", updated: new Date().toISOString() });
  try {
    await within(c.env.TAGS.send(message), c.get("services").config.storageTimeoutMs);
  } catch (cause) {
    throw problem("queue-failure", "The queue did not take the job.", { cause });
  }
  await store.deleteDead(id);
  return c.json({ job: id, status_url: new URL(`/v1/jobs/${id}`, c.req.url).href }, 202);
}

function storeOf(c: AppContext): JobStore {
  if (c.env.RESULTS === undefined) throw problem("unknown-job", "This deployment keeps no jobs (RESULTS).");
  return createJobStore(c.env.RESULTS, c.get("services").config.storageTimeoutMs);
}

function idOf(c: AppContext): string {
  const id = c.req.param("id") ?? "";
  if (!JOB_ID.test(id)) throw unknown();
  return id;
}

function unknown() {
  return problem(
    "unknown-job",
    "There is no job of that id, or it has expired; only dead jobs are replayed.",
  );
}
