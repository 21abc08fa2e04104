import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../../../../src/config.ts";
import type { TagMessage } from "../../../../src/handlers/jobs/job.ts";
import { delayOf } from "../../../../src/handlers/jobs/schedule.ts";
import { TagQuery } from "../../../../src/handlers/tag.ts";
import { slowestRetries } from "../../support/slowest-retries.ts";
import { app, lines, SECRETS, variables } from "../../support/worker.ts";

const headers = { Authorization: `Bearer ${SECRETS.strapi}` };
let serial = 0;
const webhook = () => ({
  method: "POST",
  headers,
  body: JSON.stringify({ media: { id: ++serial, url: "https://images.edge-vision.dev/red.png" } }),
});

const lastLine = () => JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown>;
beforeEach(() => void lines.splice(0));

/** R2 that fails, or never answers. */
function brokenBucket(fault: () => Promise<never>): R2Bucket {
  return new Proxy({} as R2Bucket, { get: () => fault });
}
const failing = brokenBucket(() => Promise.reject(new Error("R2 is down: internal detail")));
const hanging = brokenBucket(() => new Promise<never>(() => undefined));

describe("what a sender gets when", () => {
  test.each([
    ["refuses", () => Promise.reject(new Error("queue is full: internal detail")), /queue is full/],
    ["hangs", () => new Promise<never>(() => undefined), /no answer within/],
  ])("the queue %s: 502, and the webhook may be sent again", async (_, send, logged) => {
    const TAGS = { send };
    const init = webhook();
    const response = await app.request("/v1/webhooks/strapi", init, { ...env, TAGS });
    const text = await response.text();
    expect(response.status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ type: expect.stringMatching(/queue-failure$/) });
    expect(text).not.toContain("internal detail");
    expect(lastLine()).toMatchObject({
      outcome: "queue-failure",
      error: expect.stringMatching(logged),
    });
    const sent: unknown[] = [];
    const working = { send: async (message: unknown) => void sent.push(message) };
    expect((await app.request("/v1/webhooks/strapi", init, { ...env, TAGS: working })).status).toBe(202);
    expect(sent).toHaveLength(1);
  });

  test.each([
    ["fails", failing],
    ["hangs", hanging],
  ])("R2 %s: 502, and the log says why", async (_, RESULTS) => {
    const response = await app.request("/v1/webhooks/strapi", webhook(), { ...env, RESULTS });
    const text = await response.text();
    expect(response.status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ type: expect.stringMatching(/storage-failure$/) });
    expect(text).not.toContain("internal detail");
    expect(lastLine()).toMatchObject({
      outcome: "storage-failure",
      error: expect.stringMatching(/R2 is down|no answer/),
    });
  });

  test("a binding is missing: 502 for the webhook, 404 for jobs", async () => {
    const { TAGS, RESULTS, ...without } = env;
    expect((await app.request("/v1/webhooks/strapi", webhook(), without)).status).toBe(502);
    expect(lastLine()).toMatchObject({ status: 502, outcome: "queue-failure" });
    expect((await app.request(`/v1/jobs/${"0".repeat(32)}`, {}, without)).status).toBe(404);
    expect((await app.request("/v1/jobs/x", {}, env)).status).toBe(404);
  });
});

describe("a message", () => {
  const body: TagMessage = {
    job: "f".repeat(32),
    source: "strapi",
    image: { url: "https://images.edge-vision.dev/red.png" },
    options: TagQuery.parse({}),
  };

  async function consume(message: unknown, bindings: Cloudflare.Env, queue = "edge-vision-tags") {
    const ctx = createExecutionContext();
    const batch = createMessageBatch(queue, [
      { id: "m1", timestamp: new Date(), attempts: 1, body: message },
      {
        id: "m2",
        timestamp: new Date(),
        attempts: 1,
        body: { action: "DeleteObject", bucket: "b", object: { key: "k" } },
      },
    ]);
    await app.queue(batch, bindings, ctx);
    return getQueueResult(batch, ctx);
  }

  test.each([
    ["fails", failing],
    ["hangs", hanging],
  ])("comes again when R2 %s; the one beside it is done with", async (_, RESULTS) => {
    const { explicitAcks, retryMessages } = await consume(body, { ...env, RESULTS });
    expect(explicitAcks).toEqual(["m2"]);
    expect(retryMessages).toEqual([expect.objectContaining({ msgId: "m1" })]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { outcome: "storage-failure" },
      { outcome: "ignored" },
    ]);
  });

  test("comes again when no bucket of results is bound, and the log says so", async () => {
    const { RESULTS, ...without } = env;
    const { retryMessages } = await consume(body, without);
    expect(retryMessages).toEqual([expect.objectContaining({ msgId: "m1" })]);
    expect(JSON.parse(lines[0])).toMatchObject({ job: body.job, outcome: "no-results-bucket" });
  });

  test("about an object of a bucket that is not bound fails for good", async () => {
    const { IMAGES, ...without } = env;
    const event = { action: "PutObject", bucket: "edge-vision-images", object: { key: "unbound.png" } };
    const { explicitAcks } = await consume(event, without);
    expect(explicitAcks).toEqual(["m1", "m2"]);
    const { job, outcome } = JSON.parse(lines[0]) as Record<string, string>;
    expect(outcome).toBe("failed");
    const state = await app.request(`/v1/jobs/${job}`, {}, env);
    expect(await state.json()).toMatchObject({ problem: { type: "unknown-image" } });
  });

  test("that is dead comes again until R2 has taken it; its replay waits for a queue that takes it", async () => {
    const dead = { ...body, job: "d".repeat(32) };
    const lost = await consume(dead, { ...env, RESULTS: failing }, "edge-vision-tags-dead");
    expect(lost.retryMessages).toEqual([expect.objectContaining({ msgId: "m1" })]);
    const { explicitAcks } = await consume(dead, env, "edge-vision-tags-dead");
    expect(explicitAcks).toEqual(["m1", "m2"]);

    const replay = (bindings: object) =>
      app.request(`/v1/jobs/${dead.job}/replay`, { method: "POST" }, bindings);
    const refused = await replay({ ...env, TAGS: { send: () => Promise.reject(new Error("full")) } });
    expect(refused.status).toBe(502);
    expect(await refused.json()).toMatchObject({ type: expect.stringMatching(/queue-failure$/) });
    const sent: unknown[] = [];
    const working = { send: async (message: unknown) => void sent.push(message) };
    expect((await replay({ ...env, TAGS: working })).status).toBe(202);
    expect(sent).toEqual([dead]);
  });

  test("of a source that is configured no more fails for good", async () => {
    const { explicitAcks } = await consume({ ...body, job: "e".repeat(32), source: "gone" }, env);
    expect(explicitAcks).toEqual(["m1", "m2"]);
    expect(JSON.parse(lines[0])).toMatchObject({ outcome: "failed", source: "gone" });
  });

  test("that is no job is ignored", async () => {
    for (const nonsense of [null, 7, "text", {}]) {
      const { explicitAcks } = await consume(nonsense, env);
      expect(explicitAcks, JSON.stringify(nonsense)).toEqual(["m1", "m2"]);
    }
  });
});

describe("retries", () => {
  test("follow the schedule of Standard Webhooks, spread a little, a day at most", () => {
    const { retryDelays } = parseConfig({}).webhooks;
    expect(retryDelays).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400]);
    retryDelays.forEach((delay, i) => {
      const actual = delayOf(retryDelays, i + 1);
      expect(actual).toBeGreaterThanOrEqual(delay);
      expect(actual).toBeLessThanOrEqual(Math.min(86_400, Math.ceil(delay * 1.1)));
    });
  });

  test("slow down when the receiver asks for it, to twice the schedule", () => {
    expect(delayOf([100], 1, true)).toBeGreaterThanOrEqual(200);
    expect(delayOf([100], 1, true)).toBeLessThanOrEqual(220);
    expect(delayOf([80_000], 1, true)).toBe(86_400);
  });

  test("fit into the 14 days that a queue keeps a message, however they are spread and slowed down", () => {
    expect(slowestRetries(parseConfig({}))).toBeLessThan(14 * 86_400);
  });
});

describe("a wrong configuration stops the Worker with the variable's name", () => {
  const good = { ...env, ...variables };
  test.each([
    ["WEBHOOKS", "{", /WEBHOOKS: it is not JSON/],
    ["WEBHOOKS", '{"shop":{"preset":"nobody"}}', /WEBHOOKS: shop\.preset/],
    ["WEBHOOKS", '{"shop":{"preset":"github"}}', /WEBHOOKS: shop\.image: a JSON Pointer/],
    ["WEBHOOKS", '{"shop":{"preset":"standard","image":"data"}}', /WEBHOOKS: shop\.image: a JSON Pointer/],
    [
      "WEBHOOKS",
      '{"shop":{"preset":"standard","options":{"top_k":"many"}}}',
      /WEBHOOKS: shop\.options\.top_k/,
    ],
    ["WEBHOOKS", '{"Shop":{"preset":"standard"}}', /WEBHOOKS: .*Shop/],
    [
      "WEBHOOK_SECRETS_SHOP",
      undefined,
      /WEBHOOK_SECRETS_SHOP: the secrets of this webhook source are needed/,
    ],
    ["WEBHOOK_SECRETS_SHOP", "topsecret-but-not-base64!", /WEBHOOK_SECRETS_SHOP: (?!.*topsecret)/],
    ["WEBHOOK_SECRETS_GITHUB", "short-one", /WEBHOOK_SECRETS_GITHUB: a secret is shorter (?!.*short-one)/],
    ["CALLBACK_SECRETS", undefined, /CALLBACK_SECRETS: webhooks with callbacks need a secret/],
    ["CALLBACK_SECRETS", "whsec_topsecret", /CALLBACK_SECRETS: whsec_ and 24 bytes(?!.*topsecret)/],
    ["RETRY_DELAYS_S", "soon", /RETRY_DELAYS_S: seconds/],
    ["IMAGE_URLS", "yes", /IMAGE_URLS/],
    ["IMAGE_URL_HOSTS", "https://a.b", /IMAGE_URL_HOSTS: hosts such as/],
    ["TAGS", undefined, /WEBHOOKS: they need the binding TAGS/],
    ["RESULTS", undefined, /WEBHOOKS: they need the binding RESULTS/],
  ])("%s=%s", (name, value, message) => {
    const { [name]: _, ...rest } = good as Record<string, unknown>;
    expect(() => parseConfig(value === undefined ? rest : { ...rest, [name]: value })).toThrow(message);
  });
});
