import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { EngineProvider } from "../../../src/runtime/engines/engine.ts";
import { EngineError } from "../../../src/runtime/engines/engine.ts";
import { testApp } from "../support/app.ts";
import type { Faults } from "../support/bucket.ts";
import { storedColorModel } from "../support/color-model.ts";
import { fakeEngine } from "../support/fake-engine.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_large_075_tiny_imagenet", { verification: "embedded" });
const [graphKey, weightsKey] = Object.keys(model.files);
const post = { method: "POST", body: solidPng(8, 8, [255, 0, 0]) };
const variables = { STORAGE_TIMEOUT_MS: "100" };

beforeEach(() => seed(env.MODELS, [model]));

/** The problem that a request meets. */
async function problemOf(response: Response) {
  const { type, status, detail } = (await response.json()) as Record<string, string>;
  return { type: type.replace("https://edge-vision.dev/problems/", ""), status, detail };
}

function start(engines: readonly EngineProvider[] = [fakeEngine("kernels")]) {
  return testApp({ models: [model], engines, variables });
}

describe("R2", () => {
  test.each<[string, Faults, RegExp]>([
    ["fails", { error: new Error("internal error of R2") }, /^Storage failed/],
    ["does not answer", { hang: true }, /did not answer within 100 ms/],
    ["breaks off", { breakAfter: 10 }, /^Storage failed/],
  ])("that %s is 502, and the next request tries again", async (_, faults, detail) => {
    const { request, faulty, lines } = start();
    faulty.faults = faults;
    const failed = await request("/v1/classify", post);
    expect(await problemOf(failed)).toEqual({
      type: "storage-failure",
      status: 502,
      detail: expect.stringMatching(detail),
    });
    expect(failed.headers.has("retry-after")).toBe(false);
    expect(lines[0]).toMatchObject({ status: 502, outcome: "storage-failure", error: expect.any(String) });
    expect(JSON.stringify(await problemOf(await request("/v1/models/x")))).not.toContain("internal error");
    faulty.faults = {};
    await new Promise((resolve) => setTimeout(resolve, 5));
    // The engine of this test runs nothing: to get as far as that is all that is asked.
    expect((await problemOf(await request("/v1/classify", post))).type).not.toBe("storage-failure");
  });

  test("that fails while 20 wait is asked once", async () => {
    const { request, faulty } = start();
    faulty.faults = { error: new Error("down"), delayMs: 20 };
    const responses = await Promise.all(Array.from({ length: 20 }, () => request("/v1/classify", post)));
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(502));
    expect(faulty.reads.toSorted()).toEqual([graphKey, weightsKey].toSorted());
  });

  test.each([
    ["graph", () => graphKey],
    ["weights", () => weightsKey],
  ])("that holds other %s than were installed is 502", async (_, key) => {
    const changed = model.files[key()].slice();
    changed[changed.length - 1] ^= 0xff;
    await env.MODELS.put(key(), changed);
    const { request } = start();
    expect(await problemOf(await request("/v1/classify", post))).toMatchObject({
      type: "corrupt-model",
      status: 502,
      detail: expect.stringMatching(/SHA-256/),
    });
  });

  test("that lacks the model is 404, and says what puts it there", async () => {
    await env.MODELS.delete(weightsKey);
    const { request } = start();
    expect(await problemOf(await request("/v1/classify", post))).toMatchObject({
      type: "model-not-installed",
      status: 404,
      detail: expect.stringMatching(/npm run models -- push/),
    });
  });
});

describe("an engine", () => {
  /** An engine that cannot do what is asked of it. */
  function failing(error: Error): EngineProvider {
    const engine = fakeEngine("kernels");
    return {
      ...engine,
      start: async () => ({
        name: "kernels",
        memory: () => ({ wasm: 0 }),
        open: () => Promise.reject(error),
      }),
    };
  }

  test("that fails is 500 without its message", async () => {
    const { request, lines } = start([failing(new EngineError("failed", "a secret of the engine"))]);
    const problem = await problemOf(await request("/v1/classify", post));
    expect(problem).toMatchObject({ type: "engine-failure", status: 500 });
    expect(problem.detail).not.toContain("secret");
    expect(lines[0].error).toContain("a secret of the engine");
  });

  test("that has no memory left is 413", async () => {
    const { request } = start([failing(new EngineError("out_of_memory", "no more"))]);
    expect(await problemOf(await request("/v1/classify", post))).toMatchObject({
      type: "not-enough-memory",
      status: 413,
    });
  });

  test("that does not know the graph is 501, with the reason", async () => {
    const { request } = start([failing(new EngineError("unsupported_graph", "Loop is not supported"))]);
    expect(await problemOf(await request("/v1/classify", post))).toMatchObject({
      type: "unsupported-graph",
      status: 501,
      detail: expect.stringMatching(/Loop is not supported/),
    });
  });

  test("may be chosen where the configuration lets it", async () => {
    const { request } = testApp({
      models: [model],
      engines: [fakeEngine("kernels")],
      variables: { ALLOW_ENGINE_CHOICE: "true" },
    });
    expect(await problemOf(await request("/v1/classify?engine=onnxruntime", post))).toMatchObject({
      type: "engine-unavailable",
      detail: expect.stringMatching(/it has kernels/),
    });
  });
});

test("a full queue is 429 with Retry-After", async () => {
  const { request, faulty } = testApp({
    models: [model],
    engines: [fakeEngine("kernels")],
    variables: { QUEUE_DEPTH: "2", STORAGE_TIMEOUT_MS: "100" },
  });
  faulty.faults = { hang: true };
  const inside = [request("/v1/classify", post), request("/v1/classify", post)];
  const refused = await request("/v1/classify", post);
  expect(refused.headers.get("retry-after")).toBe("5");
  expect(await problemOf(refused)).toMatchObject({ type: "overloaded", status: 429 });
  await Promise.all(inside);
});
