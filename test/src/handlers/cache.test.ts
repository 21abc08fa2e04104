import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { digestText, toHex } from "../../../src/handlers/bytes.ts";
import { trustedEnv } from "../../../src/handlers/trusted.ts";
import { testApp } from "../support/app.ts";
import { storedColorModel, storedColorSegmenter, storedHalvesDetector } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const classifier = await storedColorModel("mobilenet_v3_small", { verification: "verified" });
const other = await storedColorModel("other", { seed: 1 });
const models = [
  classifier,
  other,
  await storedHalvesDetector("centernet_mobilenet_v3"),
  await storedColorSegmenter("selfie_segmentation"),
];
const variables = { CACHE_SECONDS: "60" };

beforeAll(() => seed(env.MODELS, models));
afterEach(() => vi.restoreAllMocks());

let serial = 0;
/** A picture that no test has sent before. */
function fresh(): Uint8Array {
  const n = ++serial;
  return solidPng(8, 8, [255, n & 0xff, n >> 8]);
}

type App = ReturnType<typeof testApp>;
const start = (more: Record<string, string> = {}) =>
  testApp({ models, variables: { ...variables, ...more } });

function post({ request }: App, body: Uint8Array | FormData, path = "/v1/classify", headers = {}) {
  return request(path, { method: "POST", body, headers });
}

const status = (response: Response) => response.headers.get("cache-status");
const MISS = "edge-vision; fwd=uri-miss";
const HIT = "edge-vision; hit";

describe("the second time", () => {
  test.each([
    "/v1/classify",
    "/v1/detect?draw=1",
    "/v1/detect",
    "/v1/segment",
    "/v1/segment?format=png",
    "/v1/tag",
  ])("%s is answered the same, byte for byte, without a run", async (path) => {
    const app = start();
    const image = fresh();
    const uncached = await post(testApp({ models }), image, path);
    const first = await post(app, image, path);
    expect(status(first)).toBe(MISS);
    // Another isolate, whose models are not there: nothing is run.
    const another = start();
    another.faulty.faults = { error: new Error("no model") };
    const second = await post(another, image, path);
    expect(status(second)).toBe(HIT);
    expect(second.status).toBe(200);

    const bytes = await uncached.bytes();
    expect(await first.bytes()).toEqual(bytes);
    expect(await second.bytes()).toEqual(bytes);
    const headersOf = (response: Response) =>
      Object.fromEntries(
        [...response.headers].filter(([name]) => name !== "x-request-id" && name !== "cache-status"),
      );
    expect(headersOf(first)).toEqual(headersOf(uncached));
    expect(headersOf(second)).toEqual(headersOf(uncached));
    expect(status(uncached)).toBeNull();
  });

  test("the log says so, and of which model and image", async () => {
    const app = start();
    const image = fresh();
    await post(app, image);
    await post(app, image);
    expect(app.lines).toMatchObject([{ cache: "miss" }, { cache: "hit" }]);
    const { models: ran, image: seen } = app.lines[0] as { models: object[]; image: object };
    expect(app.lines[1]).toMatchObject({ models: [{ ...ran[0], state: "cached" }], image: seen });
  });

  test("each image of a list is looked up by itself", async () => {
    const app = start();
    const [a, b] = [fresh(), fresh()];
    await post(app, a);
    const form = new FormData();
    for (const image of [a, b, b]) form.append("image", new Blob([image]));
    const response = await post(app, form);
    const { results } = (await response.json()) as { results: { answer: object }[] };
    expect(app.lines[1].images).toMatchObject([{ cache: "hit" }, { cache: "miss" }, { cache: "hit" }]);
    expect(results[0].answer).toEqual(await (await post(app, a)).json());
    expect(results[1]).toEqual(results[2]);
  });
});

describe("an answer is another's", () => {
  test.each([
    ["parameter", "/v1/classify?top_k=1"],
    ["strictness", "/v1/classify?strict=1"],
    ["model", "/v1/classify?model=other"],
    ["route", "/v1/tag"],
  ])("with another %s", async (_, path) => {
    const app = start();
    const image = fresh();
    await post(app, image);
    expect(status(await post(app, image, path))).toBe(MISS);
  });

  test("with another engine, where it may be chosen", async () => {
    const app = start({ ALLOW_ENGINE_CHOICE: "true" });
    const image = fresh();
    await post(app, image);
    const response = await post(app, image, "/v1/classify?engine=onnxruntime");
    expect(status(response)).toBe(MISS);
    expect(await response.json()).toMatchObject({ engine: "onnxruntime" });
  });

  test("with other labels for the same weights", async () => {
    const image = fresh();
    await post(start(), image);
    const { entry } = classifier;
    const renamed = { ...classifier, entry: { ...entry, card: { ...entry.card, labels: ["a", "b", "c"] } } };
    const response = await post(testApp({ models: [renamed], variables }), image);
    expect(status(response)).toBe(MISS);
    expect(await response.json()).toMatchObject({ predictions: [{ label: "a" }, {}, {}] });
  });

  test("of another version of the Worker", async () => {
    const { app } = start();
    const init = { method: "POST", body: fresh() };
    const by = async (id: string) => {
      const DEPLOYMENT = { id, tag: "", timestamp: "" };
      return status(await app.request("/v1/classify", init, { ...env, DEPLOYMENT }));
    };
    expect([await by("first"), await by("second"), await by("first")]).toEqual([MISS, MISS, HIT]);
    expect(env.DEPLOYMENT?.id).toEqual(expect.any(String));
  });

  test("with another picture", async () => {
    const app = start();
    await post(app, fresh());
    expect(status(await post(app, fresh()))).toBe(MISS);
  });

  test("but not by the order of parameters, or by naming what is the default", async () => {
    const app = start();
    const image = fresh();
    await post(app, image, "/v1/classify?top_k=3&threshold=0.1");
    const path = `/v1/classify?model=${classifier.name}&threshold=0.1&variant=fp32&top_k=3`;
    expect(status(await post(app, image, path))).toBe(HIT);
  });
});

describe("callers", () => {
  const KEYS = { alice: "correct-horse-battery", bob: "staple-staple-staple" };

  test("learn nothing of what others sent: each has answers of its own", async () => {
    const entries = Object.entries(KEYS).map(
      async ([name, key]) => `${name}=${toHex(await digestText(key))}`,
    );
    const app = start({ API_KEYS: (await Promise.all(entries)).join() });
    const image = fresh();
    const by = (key: string) => post(app, image, "/v1/classify", { "X-Api-Key": key });
    expect(status(await by(KEYS.alice))).toBe(MISS);
    expect(status(await by(KEYS.bob))).toBe(MISS);
    expect(status(await by(KEYS.alice))).toBe(HIT);
    const init = { method: "POST", body: image };
    const bound = await app.app.request("/v1/classify", init, trustedEnv(env));
    expect(status(bound)).toBe(MISS);
    // A door that is shut stays shut.
    expect((await by("wrong")).status).toBe(401);
  });

  test.each([
    ["no-cache", "edge-vision; fwd=request", "refresh", HIT],
    ["no-store", "edge-vision; fwd=bypass", "bypass", MISS],
  ])("may ask for %s", async (directive, told, logged, next) => {
    const app = start();
    const image = fresh();
    const response = await post(app, image, "/v1/classify", { "Cache-Control": directive });
    expect(status(response)).toBe(told);
    expect(app.lines[0]).toMatchObject({ cache: logged });
    expect(status(await post(app, image))).toBe(next);
  });
});

test("problems are not kept", async () => {
  const app = start();
  const image = fresh();
  app.faulty.faults = { error: new Error("down") };
  expect((await post(app, image)).status).toBe(502);
  app.faulty.faults = {};
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(status(await post(app, image))).toBe(MISS);
});

test("what is kept expires when the configuration says, and carries nothing of the caller", async () => {
  const puts: [string, Response][] = [];
  vi.spyOn(caches, "open").mockResolvedValue({
    match: async () => undefined,
    put: async (key: string, response: Response) => void puts.push([key, response]),
  } as unknown as Cache);
  await post(start({ CACHE_SECONDS: "7" }), fresh(), "/v1/classify", { "X-Request-Id": "mine" });
  const [[key, kept]] = puts;
  expect(key).toMatch(/^http:\/\/localhost\/\.cache\/[0-9a-f]{64}$/);
  expect(kept.headers.get("cache-control")).toBe("max-age=7");
  expect([...kept.headers.keys()]).toEqual(["cache-control", "content-type", "edge-vision-log"]);
});

test.each([
  ["fails to open", () => vi.spyOn(caches, "open").mockRejectedValue(new Error("no cache"))],
  [
    "hangs",
    () =>
      vi.spyOn(caches, "open").mockResolvedValue({ match: () => new Promise(() => {}) } as unknown as Cache),
  ],
])("a cache that %s is passed by", async (_, fault) => {
  const app = start({ STORAGE_TIMEOUT_MS: "100" });
  fault();
  const response = await post(app, fresh());
  expect(response.status).toBe(200);
  expect(status(response)).toBe("edge-vision; fwd=bypass");
  expect(app.lines[0]).toMatchObject({ cache: "failed" });
});

test("a cache that cannot keep an answer loses none", async () => {
  vi.spyOn(caches, "open").mockResolvedValue({
    match: async () => undefined,
    put: () => Promise.reject(new Error("full")),
  } as unknown as Cache);
  expect((await post(start(), fresh())).status).toBe(200);
});

test("nothing is kept, asked or told by default", async () => {
  const open = vi.spyOn(caches, "open");
  const app = testApp({ models });
  const image = fresh();
  for (const _ of [1, 2]) {
    const response = await post(app, image);
    expect(status(response)).toBeNull();
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
  expect(open).not.toHaveBeenCalled();
  expect(app.lines[1]).not.toHaveProperty("cache");
});
