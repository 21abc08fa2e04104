import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { parseConfig } from "../../../src/config.ts";
import { createFront } from "../../../src/front/front.ts";
import type { JobRecord } from "../../../src/handlers/jobs/job.ts";
import type { TagAnswer } from "../../../src/handlers/openapi/answers.ts";
import { trustedEnv } from "../../../src/handlers/trusted.ts";
import type { VisionService } from "../../../src/rpc.ts";
import front, { makeApp, model } from "../support/front-worker.ts";
import { solidPng } from "../support/png.ts";
import { slowestRetries } from "../support/slowest-retries.ts";
import { seed } from "../support/stored-model.ts";

const app = makeApp();
const post = (body: BodyInit) => ({ method: "POST", body });
const red = solidPng(8, 8, [255, 0, 0]);

beforeAll(() => seed(env.MODELS, [model]));

/** Status, type and body, without what differs with each request. */
async function essence(response: Response) {
  const text = (await response.text()).replace(/urn:edge-vision:request:[^"]+/, "");
  return { status: response.status, type: response.headers.get("content-type"), text };
}

describe("the front answers as the application does", () => {
  test.each<[string, RequestInit]>([
    ["/v1/classify?top_k=2", post(red)],
    ["/v1/tag?detector=none", post(red)],
    ["/v1/classify?top_k=many", post(red)],
    ["/v1/classify", post("no picture")],
    ["/v1/classify", {}],
    ["/v1/models", {}],
    ["/readyz", {}],
    ["/nothing", {}],
  ])("%s", async (path, init) => {
    const request = () => new Request(`https://vision.example.com${path}`, init);
    const ours = await front.fetch(request(), trustedEnv(env));
    const theirs = await app.fetch(request(), trustedEnv(env), createExecutionContext());
    expect(await essence(ours)).toEqual(await essence(theirs));
  });

  test("and its doors are shut to the world", async () => {
    const request = new Request("https://vision.example.com/v1/classify", post(red));
    expect((await front.fetch(request, env)).status).toBe(401);
  });
});

test("a service binding is let in, by the entry as workerd runs it", async () => {
  const { Vision } = exports as unknown as { readonly Vision: Pick<VisionService, "tag"> };
  expect(await Vision.tag(red, { detector: "none" })).toMatchObject({ tags: [{ label: "red" }] });
});

test("a message of the real queue is done by an object", async () => {
  const key = "uploads/green.png";
  await env.IMAGES?.put(key, solidPng(8, 8, [0, 255, 0]));
  await env.TAGS?.send({ action: "PutObject", bucket: "edge-vision-images", object: { key, eTag: "1" } });
  await vi.waitFor(
    async () => {
      const [{ key: job }] = (await env.RESULTS?.list({ prefix: "jobs/" }))?.objects ?? [];
      const record = await (await env.RESULTS?.get(job))?.json<JobRecord>();
      expect(record).toMatchObject({ state: "done", subject: key, attempts: 1 });
      const result = await (await env.RESULTS?.get(record?.result ?? ""))?.json<TagAnswer>();
      expect(result).toMatchObject({ tags: [{ label: "green" }] });
    },
    { timeout: 20_000, interval: 50 },
  );
});

describe("an object that cannot be called", () => {
  /** Objects whose calls fail. */
  function failing(error: Error) {
    const fail = () => Promise.reject(error);
    const VISION_OBJECT = { idFromName: (name: string) => name, get: () => ({ fetch: fail, consume: fail }) };
    return { ...env, VISION_OBJECT } as unknown as Parameters<typeof front.fetch>[1];
  }
  const overloaded = Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
  const reset = new Error("internal detail");

  async function ask(error: Error) {
    const lines: string[] = [];
    const request = new Request("https://vision.example.com/v1/models");
    const response = await createFront((line) => lines.push(line)).fetch(request, failing(error));
    return { response, text: await response.text(), line: JSON.parse(lines[0]) as Record<string, string> };
  }

  test("because it has too much to do is 429 with Retry-After", async () => {
    const { response, text, line } = await ask(overloaded);
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(JSON.parse(text)).toMatchObject({ type: expect.stringMatching(/overloaded$/) });
    expect(line).toMatchObject({ object: "other", outcome: "overloaded" });
  });

  test("for another reason is 500, which only the log tells", async () => {
    const { response, text, line } = await ask(reset);
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(text).not.toContain("internal detail");
    expect(line).toMatchObject({ outcome: "internal-error", error: "internal detail" });
  });

  test("because it is not bound is 500, and the log names the binding", async () => {
    const { VISION_OBJECT, ...without } = env as Parameters<typeof front.fetch>[1];
    const lines: string[] = [];
    const unbound = createFront((line) => lines.push(line));
    const request = new Request("https://vision.example.com/v1/models");
    expect((await unbound.fetch(request, without)).status).toBe(500);
    expect(lines[0]).toContain("VISION_OBJECT");
  });

  test("leaves messages to come again", async () => {
    const messages = ["m1", "m2"].map((id) => ({ id, timestamp: new Date(), attempts: 1, body: {} }));
    const batch = createMessageBatch("edge-vision-tags", messages);
    await front.queue(batch, failing(reset));
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    expect(explicitAcks).toEqual([]);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["m1", "m2"]);
  });
});

test("retries fit into the day that the free plan's queues keep a message", () => {
  const config = parseConfig(env);
  expect(config.webhooks.retryDelays).toHaveLength(10);
  expect(slowestRetries(config)).toBeLessThan(86_400);
});

test("callers of a continent share an object", async () => {
  const asked: string[] = [];
  const VISION_OBJECT = {
    idFromName: (name: string) => name,
    get: (name: string) => ({
      fetch: async () => {
        asked.push(name);
        return new Response();
      },
    }),
  };
  const bindings = { ...env, VISION_OBJECT } as unknown as Parameters<typeof front.fetch>[1];
  for (const cf of [{ continent: "EU" }, { continent: "EU" }, { continent: "AS" }, {}]) {
    await front.fetch(new Request("https://vision.example.com/", { cf }), bindings);
  }
  expect(asked).toEqual(["EU", "EU", "AS", "other"]);
});
