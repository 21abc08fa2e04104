import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { testApp } from "../support/app.ts";
import { storedColorModel } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_small", { verification: "verified" });
const picture = solidPng(8, 8, [255, 0, 0]);
const JOB = "0".repeat(32);

beforeAll(async () => {
  await seed(env.MODELS, [model]);
  await env.IMAGES?.put("red.png", picture);
});

const failing = () => Promise.reject(new Error("out of order: internal detail"));
const hanging = () => new Promise<never>(() => undefined);

/** A binding whose every method does the same. */
function broken<Binding extends object>(method: () => unknown): Binding {
  return new Proxy({} as Binding, { get: () => method });
}

/** R2 whose objects begin, and then fail or never go on. */
function brokenBody(pull: () => Promise<never>): R2Bucket {
  return broken(async () => ({ size: 100, body: new ReadableStream({ pull }) }));
}

/** Starts of files that only a converter opens. */
const AVIF = new Uint8Array([
  0,
  0,
  0,
  20,
  ...new TextEncoder().encode("ftypavif"),
  0,
  0,
  0,
  0,
  ...new TextEncoder().encode("avif"),
]);

const post = (body: BodyInit, headers = {}) => ({ method: "POST", body, headers });
const byKey = post(JSON.stringify({ image: { key: "red.png" } }), { "Content-Type": "application/json" });
const { MODELS, IMAGES, RESULTS, TAGS, ADDRESS_LIMIT, ...unbound } = env;
const stranger = { headers: { "CF-Connecting-IP": "198.51.100.7" } };

type Row = [
  what: string,
  bindings: object,
  path: string,
  init: RequestInit,
  status: number,
  type: string,
  /** What the log says, of what is our fault. */
  logged?: RegExp,
];

const all = { ...unbound, MODELS, IMAGES, RESULTS, TAGS };
const classify = "/v1/classify";
const replay = `/v1/jobs/${JOB}/replay`;

describe("what a caller gets, and what the log says, when", () => {
  test.each<Row>([
    [
      "no bucket of models is bound",
      { ...all, MODELS: undefined },
      classify,
      post(picture),
      502,
      "storage-failure",
      /the binding MODELS/,
    ],
    [
      "it is not, for the network alone",
      { ...all, MODELS: undefined },
      `/v2/models/${model.name}`,
      {},
      502,
      "",
      /the binding MODELS/,
    ],
    ["no bucket of images is bound", { ...all, IMAGES: undefined }, classify, byKey, 404, "unknown-image"],
    [
      "that bucket fails",
      { ...all, IMAGES: broken(failing) },
      classify,
      byKey,
      502,
      "storage-failure",
      /internal detail/,
    ],
    [
      "it hangs",
      { ...all, IMAGES: broken(hanging) },
      classify,
      byKey,
      502,
      "storage-failure",
      /no answer within 100 ms/,
    ],
    [
      "it breaks off",
      { ...all, IMAGES: brokenBody(failing) },
      classify,
      byKey,
      502,
      "storage-failure",
      /internal detail/,
    ],
    [
      "it stalls",
      { ...all, IMAGES: brokenBody(hanging) },
      classify,
      byKey,
      502,
      "storage-failure",
      /no answer within/,
    ],
    ["no converter is bound", all, classify, post(AVIF), 415, "unsupported-image"],
    [
      "the converter fails",
      {
        ...all,
        IMAGE_CONVERTER: broken(() => {
          throw new Error("internal detail");
        }),
      },
      classify,
      post(AVIF),
      422,
      "broken-image",
    ],
    [
      "it hangs",
      { ...all, IMAGE_CONVERTER: { input: () => ({ output: hanging }) } },
      classify,
      post(AVIF),
      422,
      "broken-image",
    ],
    [
      "no bucket of results is bound",
      { ...all, RESULTS: undefined },
      `/v1/jobs/${JOB}`,
      {},
      404,
      "unknown-job",
    ],
    [
      "that bucket fails",
      { ...all, RESULTS: broken(failing) },
      `/v1/jobs/${JOB}`,
      {},
      502,
      "storage-failure",
      /internal detail/,
    ],
    [
      "it hangs",
      { ...all, RESULTS: broken(hanging) },
      "/v1/jobs",
      {},
      502,
      "storage-failure",
      /no answer within/,
    ],
    ["no queue is bound", { ...all, TAGS: undefined }, replay, post(""), 404, "unknown-job"],
    [
      "the queue refuses",
      { ...all, TAGS: broken(failing) },
      replay,
      post(""),
      502,
      "queue-failure",
      /internal detail/,
    ],
    [
      "it hangs",
      { ...all, TAGS: broken(hanging) },
      replay,
      post(""),
      502,
      "queue-failure",
      /no answer within 100 ms/,
    ],
  ])("%s", async (_, bindings, path, init, status, type, logged) => {
    await RESULTS?.put(
      `dead/${JOB}.json`,
      JSON.stringify({ job: JOB, source: "shop", image: { key: "x" }, options: {} }),
    );
    const { app, lines } = testApp({
      models: [model],
      variables: { STORAGE_TIMEOUT_MS: "100", ALLOW_IMAGE_KEYS: "true" },
    });
    const response = await app.request(path, init, bindings);
    const text = await response.text();
    expect([response.status, text]).toEqual([status, expect.stringContaining(type)]);
    expect(text).not.toContain("internal detail");
    expect(lines).toMatchObject([{ status, outcome: expect.stringContaining(type) }]);
    if (logged === undefined) expect(lines[0]).not.toHaveProperty("error");
    else expect(lines[0].error).toMatch(logged);
    // The dead letter of a replay that failed is still there.
    expect(await RESULTS?.head(`dead/${JOB}.json`)).not.toBeNull();
  });

  test.each([
    ["is not bound", undefined],
    ["fails", broken<R2Bucket>(failing)],
    ["hangs", broken<R2Bucket>(hanging)],
  ])("the bucket of models %s: nothing is ready, and the rest lives", async (_, bucket) => {
    const { app } = testApp({ models: [model], variables: { STORAGE_TIMEOUT_MS: "100" } });
    const bindings = { ...unbound, MODELS: bucket };
    const ready = await app.request("/readyz", {}, bindings);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: "not ready", models: { [model.name]: false } });
    expect((await app.request(`/v2/models/${model.name}/ready`, {}, bindings)).status).toBe(503);
    expect((await app.request("/healthz", {}, bindings)).status).toBe(200);
    expect((await app.request("/v1/models", {}, bindings)).status).toBe(200);
  });

  test("it is there: each default model is ready", async () => {
    const { app } = testApp({ models: [model] });
    const ready = await app.request("/readyz", {}, all);
    expect(await ready.json()).toEqual({ status: "ready", models: { [model.name]: true } });
  });

  test.each<[string, RateLimit | undefined, RegExp | undefined]>([
    ["is not bound", undefined, undefined],
    ["fails", broken(failing), /internal detail/],
    ["hangs", broken(hanging), /no answer within 1000 ms/],
  ])("the rate limiter %s: callers are let in", async (_, limiter, logged) => {
    const { app, lines } = testApp({ models: [model] });
    const bindings = { ...all, ADDRESS_LIMIT: limiter };
    expect((await app.request("/v1/models", stranger, bindings)).status).toBe(200);
    if (logged === undefined) expect(lines[0]).not.toHaveProperty("limiter");
    else expect(lines[0].limiter).toMatch(logged);
  });
});
