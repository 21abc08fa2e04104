/**
 * Many jobs with faults of every kind mixed in: none is lost, every result is stored once, every repeated delivery comes under its first id.
 */
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type {} from "../../../../bench/webhooks/counts.ts";
import { seed } from "../../support/stored-model.ts";
import { app, faults, faultyEnv, model, puts, SECRETS } from "../../support/worker.ts";

/** As many as a test may take, or as `npm run bench -- webhooks` says; each meets one of the faults below. */
const JOBS = Number("WEBHOOK_JOBS" in env ? env.WEBHOOK_JOBS : 150);
const IMAGES = "https://images.edge-vision.dev";
const CALLBACKS = "https://callbacks.edge-vision.dev";

/** What a job meets: query of its callback, path of its picture. */
const FAULTS = [
  { callback: "", image: (i: number) => `/color/${i % 256}-${i >> 8}-7` },
  { callback: "?failures=2", image: (i: number) => `/color/${i % 256}-${i >> 8}-7` },
  { callback: "?failures=1&status=429&retry-after=0", image: (i: number) => `/color/${i % 256}-${i >> 8}-7` },
  { callback: "", image: (i: number) => `/flaky/many-${i}?failures=2` },
  { callback: "?failures=1&status=302", image: () => "/red.png" },
] as const;

beforeAll(() => seed(env.MODELS, [model]));
afterAll(() => {
  vi.useRealTimers();
  faults.beforePut = undefined;
});

interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

async function sendOne(i: number): Promise<{ job: string }> {
  const { callback, image } = FAULTS[i % FAULTS.length];
  const data = { image_url: IMAGES + image(i), callback_url: `${CALLBACKS}/many-${i}${callback}` };
  const body = JSON.stringify({ data });
  const at = new Date();
  const headers = {
    "webhook-id": `many-${i}`,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(SECRETS.current).sign(`many-${i}`, at, body),
  };
  const response = await app.request("/v1/webhooks/shop", { method: "POST", headers, body }, faultyEnv());
  expect(response.status).toBe(202);
  return response.json();
}

/** Milliseconds a job, with much to spare: one that is lost must not hold the run for ever. */
const TIMEOUT_MS = 5000;

test(`${JOBS} jobs with faults mixed in`, { timeout: JOBS * TIMEOUT_MS }, async ({ task }) => {
  let count = 0;
  let failedWrites = 0;
  let repeatedWebhooks = 0;
  let deliveries = 0;
  // Every twentieth write fails: between storing and delivering, and elsewhere.
  faults.beforePut = (key) => {
    if (!key.startsWith("jobs/") || ++count % 20 !== 0) return;
    failedWrites++;
    throw new Error("R2 is down");
  };
  const jobs = new Map<number, string>();
  for (let i = 0; i < JOBS; i++) {
    // A sender whose webhook is refused sends it again; every tenth is sent twice anyway.
    const again = () => {
      repeatedWebhooks++;
      return sendOne(i);
    };
    const { job } = await sendOne(i).catch(again);
    if (i % 10 === 0) await again().catch(() => undefined);
    jobs.set(i, job);
  }
  for (const [i, job] of jobs) {
    await vi.waitFor(
      async () => {
        const response = await app.request(`/v1/jobs/${job}`, {}, faultyEnv());
        expect(await response.json(), `job ${i}`).toMatchObject({ state: "delivered" });
      },
      { timeout: JOBS * TIMEOUT_MS, interval: 50 },
    );
    const response = await fetch(`${CALLBACKS}/many-${i}`);
    const calls = (await response.json()) as Received[];
    expect(calls.at(-1)?.status).toBe(204);
    deliveries += calls.length;
    for (const { headers, body } of calls) {
      expect(headers["webhook-id"]).toBe(`msg_${job}`);
      // As when it came, which with many jobs is longer ago than a signature holds.
      vi.setSystemTime(Number(headers["webhook-timestamp"]) * 1000);
      new Webhook(SECRETS.callback).verify(body, headers);
      vi.useRealTimers();
    }
  }
  const results = puts.filter((key) => key.startsWith("results/"));
  expect(results.length).toBe(new Set(results).size);
  expect((await env.RESULTS?.list({ prefix: "dead/" }))?.objects).toEqual([]);
  task.meta.manyJobs = {
    jobs: jobs.size,
    repeatedWebhooks,
    failedWrites,
    deliveries,
    repeatedDeliveries: deliveries - jobs.size,
    storedResults: results.length,
  };
});
