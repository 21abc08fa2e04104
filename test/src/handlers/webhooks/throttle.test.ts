/**
 * An endpoint that has too much to do holds back all jobs that are for it. Time is set, not waited for.
 */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../../../src/app.ts";
import { parseConfig } from "../../../../src/config.ts";
import { type JobRecord, jobId, type TagMessage } from "../../../../src/handlers/jobs/job.ts";
import { holdDelay } from "../../../../src/handlers/jobs/schedule.ts";
import { TagQuery } from "../../../../src/handlers/tag.ts";
import { kernels } from "../../../../src/runtime/engines/kernels/worker.ts";
import { manifestOf, seed } from "../../support/stored-model.ts";
import { model, variables } from "../../support/worker.ts";

const CALLBACKS = "https://callbacks.edge-vision.dev";
const HOUR_S = 3600;

const app = createApp({
  manifest: manifestOf([model]),
  engines: [kernels],
  // A hundred seconds, then a hundred more.
  config: parseConfig({ ...env, ...variables, RETRY_DELAYS_S: "100,100" }),
  log: () => undefined,
});

beforeAll(() => seed(env.MODELS, [model]));
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => void vi.useRealTimers());

let serial = 0;
/** An endpoint of its own. */
const endpoint = () => `${CALLBACKS}/throttled-${++serial}`;
const busy = (status: number, retryAfter = HOUR_S) =>
  `?failures=1&status=${status}&retry-after=${retryAfter}`;

async function job(callback: string): Promise<TagMessage> {
  return {
    job: await jobId("throttle", String(++serial)),
    source: "shop",
    image: { url: "https://images.edge-vision.dev/red.png" },
    callback,
    options: TagQuery.parse({ detector: "none" }),
  };
}

/** Gives the consumer a message, and tells what became of it. */
async function take(body: TagMessage, fault?: () => Promise<never>) {
  const sent: { readonly message: unknown; readonly delaySeconds: number | undefined }[] = [];
  const tags: Pick<Queue, "send"> = {
    async send(message, options) {
      await fault?.();
      sent.push({ message, delaySeconds: options?.delaySeconds });
      return { metadata: { metrics: { backlogCount: 1, backlogBytes: 1 } } };
    },
  };
  const bindings = { ...env, TAGS: tags as Queue };
  const message = { queue: "edge-vision-tags", id: body.job, attempts: 1, body };
  const { retrySeconds } = await app.consume(message, bindings, createExecutionContext());
  const stored = await env.RESULTS?.get(`jobs/${body.job}.json`);
  return { retrySeconds, sent, record: await stored?.json<JobRecord>() };
}

async function calls(callback: string): Promise<{ readonly headers: Record<string, string> }[]> {
  const response = await fetch(callback);
  return response.json();
}

describe.each([429, 502, 504])("an endpoint that answers %i", (status) => {
  test("holds back its other jobs, each with its result stored and no attempt used up", async () => {
    const url = endpoint();
    const first = await take(await job(url + busy(status)));
    expect(first).toMatchObject({ sent: [], record: { state: "retrying" } });
    // Twice what the schedule says; what Retry-After says beyond that is the endpoint's.
    expect(first.retrySeconds).toBeGreaterThanOrEqual(200);
    expect(first.retrySeconds).toBeLessThanOrEqual(220);

    const message = await job(`${url}?id=2`);
    const second = await take(message);
    expect(second).toMatchObject({ record: { state: "held", result: expect.any(String) } });
    expect(second.retrySeconds).toBeUndefined();
    expect(second.sent).toEqual([{ message, delaySeconds: expect.any(Number) }]);
    expect(second.sent[0].delaySeconds).toBeGreaterThanOrEqual(HOUR_S / 2);
    vi.setSystemTime(Date.now() + (HOUR_S / 2) * 1000);
    expect(await take(message)).toMatchObject({ record: { state: "held" } });
    expect(await calls(url)).toHaveLength(1);

    vi.setSystemTime(Date.now() + (HOUR_S / 2) * 1000);
    expect(await take(message)).toMatchObject({ sent: [], record: { state: "delivered" } });
    const [, told, ...others] = await calls(url);
    expect(told.headers["webhook-id"]).toBe(`msg_${message.job}`);
    expect(others).toEqual([]);
  });

  test("does not hold back other endpoints' jobs", async () => {
    await take(await job(endpoint() + busy(status)));
    expect(await take(await job(endpoint()))).toMatchObject({ record: { state: "delivered" } });
  });
});

test("without Retry-After, others wait for twice what the schedule says", async () => {
  const url = endpoint();
  await take(await job(`${url}?failures=1&status=429`));
  const { sent } = await take(await job(url));
  expect(sent[0].delaySeconds).toBeGreaterThanOrEqual(200);
});

test("an endpoint that goes on so is called less and less often, until it takes one", async () => {
  const url = endpoint();
  const holds: number[] = [];
  for (let i = 0; i < 4; i++) {
    // Each time another job, whose own schedule begins.
    await take(await job(`${url}?failures=4&status=429`));
    const { sent } = await take(await job(url));
    holds.push(sent[0].delaySeconds ?? 0);
    vi.setSystemTime(Date.now() + 200 * 1.1 * 2 ** i * 1000);
  }
  // 200 s or more, then twice as much each time; a message is back within an hour, to look again.
  holds.forEach((delay, i) => void expect(delay).toBeGreaterThanOrEqual(Math.min(1800, 200 * 2 ** i)));
  expect(await take(await job(url))).toMatchObject({ record: { state: "delivered" } });
  await take(await job(`${url}?failures=9&status=429`));
  const { sent } = await take(await job(url));
  expect(sent[0].delaySeconds).toBeLessThanOrEqual(440);
});

test("any failure may ask for time by Retry-After", async () => {
  const url = endpoint();
  await take(await job(url + busy(503)));
  expect(await take(await job(url))).toMatchObject({ record: { state: "held" } });
});

test.each([500, 503, 404])("an endpoint that answers %i is called for its other jobs", async (status) => {
  const url = endpoint();
  await take(await job(`${url}?failures=1&status=${status}`));
  expect(await take(await job(url))).toMatchObject({ record: { state: "delivered" } });
});

test("a job that was held for as long as all its retries may take uses up attempts, so that it ends", async () => {
  const url = endpoint();
  await take(await job(url + busy(429, 24 * HOUR_S)));
  const message = await job(url);
  expect(await take(message)).toMatchObject({ retrySeconds: undefined, sent: [{ message }] });
  vi.setSystemTime(Date.now() + 201_000);
  const later = await take(message);
  expect(later).toMatchObject({ sent: [], record: { state: "held" } });
  expect(later.retrySeconds).toBeGreaterThan(0);
});

test.each([
  ["refuses", () => Promise.reject(new Error("The queue is full."))],
  ["hangs", () => new Promise<never>(() => undefined)],
])("a job that the queue does not take anew (it %s) comes again by its message", async (_, fault) => {
  const url = endpoint();
  await take(await job(url + busy(429)));
  const { retrySeconds, record } = await take(await job(url), fault);
  expect(retrySeconds).toBeGreaterThanOrEqual(HOUR_S / 2);
  expect(record).toMatchObject({ state: "held" });
});

test("a job whose picture cannot be tagged is held, too, and then told so", async () => {
  const url = endpoint();
  await take(await job(url + busy(502)));
  const message = { ...(await job(url)), image: { url: "https://images.edge-vision.dev/html" } };
  expect(await take(message)).toMatchObject({ record: { state: "held", problem: { type: "not-an-image" } } });
  vi.setSystemTime(Date.now() + 2 * HOUR_S * 1000);
  expect(await take(message)).toMatchObject({ record: { state: "failed" } });
  expect(await calls(url)).toHaveLength(2);
});

test("jobs that were held come again over as much time again, an hour at most", () => {
  const delays = Array.from({ length: 200 }, () => holdDelay(1000));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(1000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(2000);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(500);
  expect(holdDelay(1e9)).toBeLessThanOrEqual(3600);
});
