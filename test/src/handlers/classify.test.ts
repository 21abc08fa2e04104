import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { onnxRuntime } from "../../../src/runtime/engines/onnxruntime/worker.ts";
import { testApp } from "../support/app.ts";
import { storedColorModel } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_large_075_tiny_imagenet", { verification: "embedded" });
const own = await storedColorModel("mine", { seed: 1 });
const known = {
  mobilenet_v3_large: {
    task: "classification",
    install: "npm run models -- install mobilenet_v3_large",
  },
} as const;
const { request, lines } = testApp({ models: [model, own], known });
const red = solidPng(20, 10, [255, 0, 0]);
const base64 = btoa(String.fromCharCode(...red));

beforeAll(() => seed(env.MODELS, [model, own]));

async function classify(init: RequestInit, query = "") {
  const response = await request(`/v1/classify${query}`, { method: "POST", ...init });
  // biome-ignore lint/suspicious/noExplicitAny: the answer is what is under test
  const body: any = await response.json();
  return { response, body };
}

describe("answers", () => {
  test("with the model's identity, the image's size and the labels, best first", async () => {
    const { response, body } = await classify({ body: red });
    expect(response.status).toBe(200);
    const score = 1 / (1 + 2 * Math.exp(-8));
    expect(body).toEqual({
      model: model.name,
      variant: "fp32",
      sha256: model.entry.variants.fp32?.sha256,
      engine: "kernels",
      image: { width: 20, height: 10 },
      predictions: [
        { label: "red", index: 0, score: expect.closeTo(score, 5) },
        { label: "green", index: 1, score: expect.closeTo((1 - score) / 2, 5) },
        { label: "blue", index: 2, score: expect.closeTo((1 - score) / 2, 5) },
      ],
    });
  });

  test("top_k and threshold cut the list", async () => {
    expect((await classify({ body: red }, "?top_k=2")).body.predictions).toHaveLength(2);
    expect((await classify({ body: red }, "?threshold=0.5")).body.predictions).toHaveLength(1);
    expect((await classify({ body: red }, "?threshold=1")).body.predictions).toEqual([]);
  });

  test("a model that is named", async () => {
    expect((await classify({ body: red }, "?model=mine&variant=fp32")).body.model).toBe("mine");
  });

  test("the same by either engine, where it may be chosen", async () => {
    const choosing = testApp({ models: [model], variables: { ALLOW_ENGINE_CHOICE: "true" } });
    const answers = [];
    for (const engine of ["kernels", "onnxruntime"]) {
      const path = `/v1/classify?engine=${engine}`;
      const response = await choosing.request(path, { method: "POST", body: red });
      const { engine: used, predictions } = (await response.json()) as {
        engine: string;
        predictions: { label: string; score: number }[];
      };
      expect(used).toBe(engine);
      answers.push(predictions.map(({ label, score }) => [label, score.toFixed(5)]));
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

describe("takes the image", () => {
  test.each(["image/png", "image/jpeg", "application/octet-stream", "application/x-www-form-urlencoded", ""])(
    "as the body, called '%s'",
    async (type) => {
      const { body } = await classify({ body: red, headers: { "Content-Type": type } });
      expect(body.predictions[0].label).toBe("red");
    },
  );

  test("as the field 'image' of a form", async () => {
    const form = new FormData();
    form.set("comment", "hello");
    form.set("image", new Blob([red]), "red.png");
    expect((await classify({ body: form })).body.predictions[0].label).toBe("red");
  });

  test.each([
    ["base64", base64],
    ["URL-safe base64 without padding", base64.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_")],
    ["a data: URL", `data:image/png;base64,${base64}`],
  ])("as %s in JSON", async (_, text) => {
    const { body } = await classify({
      body: JSON.stringify({ image: { base64: text } }),
      headers: { "Content-Type": "application/json; charset=utf-8" },
    });
    expect(body.predictions[0].label).toBe("red");
  });

  test("as a stream of unknown length", async () => {
    const { body } = await classify({ body: new Blob([red]).stream() });
    expect(body.predictions[0].label).toBe("red");
  });
});

describe("refuses", () => {
  const json = (value: string) => ({ body: value, headers: { "Content-Type": "application/json" } });
  const form = (value: string) => ({
    body: value,
    headers: { "Content-Type": "multipart/form-data; boundary=x" },
  });

  test.each<[string, number, string, RequestInit, string?, RegExp?]>([
    ["no body", 400, "missing-image", {}],
    ["an empty body", 400, "missing-image", { body: "" }],
    ["text", 415, "not-an-image", { body: "hello" }, "", /look like text/],
    ["a PDF", 415, "not-an-image", { body: "%PDF-1.7" }, "", /a PDF document/],
    ["a broken picture", 422, "broken-image", { body: red.subarray(0, 30) }],
    ["JSON by another name", 415, "not-an-image", { body: "{}" }, "", /Content-Type: application\/json/],
    ["JSON that is none", 400, "bad-request-body", json("{")],
    ["JSON without an image", 400, "missing-image", json("{}")],
    ["JSON with an empty image", 400, "missing-image", json('{"image":{"base64":""}}')],
    ["bad base64", 400, "bad-request-body", json('{"image":{"base64":"?"}}')],
    ["a form without the field", 400, "missing-image", form("--x\r\n\r\n\r\n--x--\r\n")],
    ["a form that is none", 400, "bad-request-body", form("hello")],
    ["an unknown model", 404, "unknown-model", { body: red }, "?model=nothing", /mine, mobilenet_v3_large,/],
    [
      "a model that is not installed",
      404,
      "model-not-installed",
      { body: red },
      "?model=mobilenet_v3_large",
      /npm run models -- install mobilenet_v3_large/,
    ],
    ["an unknown variant", 400, "unknown-variant", { body: red }, "?variant=int8", /it has fp32/],
    ["top_k out of range", 400, "bad-parameter", { body: red }, "?top_k=0", /top_k: '0' is not .* 1 to 1000/],
    ["top_k that is no number", 400, "bad-parameter", { body: red }, "?top_k=five", /top_k/],
    ["a threshold out of range", 400, "bad-parameter", { body: red }, "?threshold=2", /from 0 to 1/],
    ["an unknown engine", 400, "bad-parameter", { body: red }, "?engine=gpu", /one of kernels, onnxruntime/],
    ["an engine that may not be chosen", 400, "engine-unavailable", { body: red }, "?engine=onnxruntime"],
    ["an unknown parameter", 400, "bad-parameter", { body: red }, "?topk=3", /there are model, variant/],
    ["a parameter given twice", 400, "bad-parameter", { body: red }, "?top_k=1&top_k=2", /more than once/],
  ])("%s", async (_, status, type, init, query = "", detail = /./) => {
    const { response, body } = await classify(init, query);
    expect(body).toMatchObject({ status, type: `https://edge-vision.dev/problems/${type}` });
    expect(body.detail).toMatch(detail);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(body.instance).toBe(`urn:edge-vision:request:${response.headers.get("x-request-id")}`);
  });
});

describe("limits", () => {
  const limited = testApp({
    models: [model],
    variables: { MAX_IMAGE_BYTES: "1000", MAX_IMAGE_PIXELS: "5000" },
  });
  const post = (init: RequestInit) => limited.request("/v1/classify", { method: "POST", ...init });

  test.each<[string, RequestInit, RegExp]>([
    [
      "a declared length",
      { body: new Uint8Array(1001), headers: { "Content-Length": "1001" } },
      /has 1001 bytes; at most 1000.*MAX_IMAGE_BYTES/,
    ],
    [
      "a stream without a length",
      { body: new Blob([new Uint8Array(1001)]).stream() },
      /has more; at most 1000/,
    ],
    [
      "base64",
      {
        body: JSON.stringify({ image: { base64: btoa("x".repeat(1001)) } }),
        headers: { "Content-Type": "application/json" },
      },
      /1001 bytes; at most 1000/,
    ],
    ["pixels in the header", { body: solidPng(100, 51, [0, 0, 0]) }, /100 × 51 .*maxPixels/],
  ])("%s over the limit is 413 and names it", async (_, init, detail) => {
    const response = await post(init);
    const body = await response.json();
    expect(body).toMatchObject({
      status: 413,
      type: expect.stringMatching(/image-too-large$/),
      detail: expect.stringMatching(detail),
    });
  });

  test("what does not fit into memory is 413 with the numbers", async () => {
    // 8 MiB idle and the engine's 16: nothing is left for a picture.
    const { request: small } = testApp({
      models: [model],
      engines: [onnxRuntime],
      variables: { MEMORY_LIMIT_BYTES: String(24 * 2 ** 20) },
    });
    const response = await small("/v1/classify", { method: "POST", body: red });
    const body = await response.json();
    expect(body).toMatchObject({
      status: 413,
      type: "https://edge-vision.dev/problems/not-enough-memory",
      detail: expect.stringMatching(/about \d+ MiB of 24: model 16, decoding the picture/),
      limit: 24 * 2 ** 20,
      bytes: { decode: expect.any(Number), model: expect.any(Number) },
    });
  });
});

test("one log line a request says what was asked and what came of it", async () => {
  lines.length = 0;
  await classify({ body: red, headers: { "X-Request-Id": "my-id" } });
  await classify({ body: "hello" });
  expect(lines).toMatchObject([
    {
      request_id: "my-id",
      method: "POST",
      route: "/v1/classify",
      status: 200,
      models: [{ model: model.name, variant: "fp32", engine: "kernels", state: "open" }],
      image: { format: "png", width: 20, height: 10, bytes: red.byteLength },
    },
    { status: 415, outcome: "not-an-image" },
  ]);
  expect(JSON.stringify(lines)).not.toContain("hello");
});
