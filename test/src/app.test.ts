import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { PROBLEMS } from "../../src/handlers/problem.ts";
import { testApp } from "./support/app.ts";
import { storedColorModel } from "./support/color-model.ts";
import { fakeEngine } from "./support/fake-engine.ts";
import { seed } from "./support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_large", { verification: "verified" });
const known = {
  mobilenet_v3_small: { task: "classification", install: "npm run models -- install mobilenet_v3_small" },
} as const;
const { request, faulty } = testApp({ models: [model], known, engines: [fakeEngine("kernels")] });

beforeAll(() => seed(env.MODELS, [model]));

describe("every answer", () => {
  test.each(["/healthz", "/v1/models", "/nothing"])("%s has an id and guards", async (path) => {
    const { headers } = await request(path);
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  test.each([
    ["my-id.7", true],
    ["two words", false],
    ["x".repeat(65), false],
  ])("takes over the id '%s': %s", async (id, taken) => {
    const { headers } = await request("/healthz", { headers: { "X-Request-Id": id } });
    expect(headers.get("x-request-id") === id).toBe(taken);
  });
});

test.each([
  ["GET", "/v1/classify", "POST"],
  ["PUT", "/v1/detect", "POST"],
  ["DELETE", "/v1/models/mobilenet_v3_large", "GET, HEAD"],
  ["POST", "/healthz", "GET, HEAD"],
])("%s %s is 405 and says what is taken", async (method, path, allow) => {
  const response = await request(path, { method });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe(allow);
  expect(await response.json()).toMatchObject({
    type: "https://edge-vision.dev/problems/method-not-allowed",
    title: PROBLEMS["method-not-allowed"][1],
  });
});

test("HEAD is answered where GET is", async () => {
  const response = await request("/v1/models", { method: "HEAD" });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("");
});

test("an unknown address is 404", async () => {
  const response = await request("/v1/nothing");
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ type: "https://edge-vision.dev/problems/not-found" });
});

test("what nobody expected is 500 without details; the log has them", async () => {
  const broken = testApp({ models: [], engines: [] });
  broken.app.get("/boom", () => {
    throw new Error("secret of the house", { cause: new Error("and its cause") });
  });
  const response = await broken.request("/boom");
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(text).not.toContain("secret");
  expect(JSON.parse(text)).toMatchObject({ type: "https://edge-vision.dev/problems/internal-error" });
  expect(broken.lines[0]).toMatchObject({
    outcome: "internal-error",
    error: expect.stringContaining("secret of the house ← and its cause"),
  });
});

describe("models", () => {
  test("are listed, installed or not", async () => {
    const response = await request("/v1/models");
    expect(await response.json()).toMatchObject({
      models: [
        {
          name: "mobilenet_v3_large",
          installed: true,
          default: true,
          verification: "verified",
          classes: 3,
          default_variant: "fp32",
          variants: { fp32: { sha256: model.entry.variants.fp32?.sha256, bytes: expect.any(Number) } },
        },
        { name: "mobilenet_v3_small", installed: false, install: known.mobilenet_v3_small.install },
      ],
    });
  });

  test("one is shown with its labels", async () => {
    const response = await request("/v1/models/mobilenet_v3_large");
    expect(await response.json()).toMatchObject({
      labels: ["red", "green", "blue"],
      preprocess: { kind: "resize_crop" },
    });
  });

  test.each([
    ["nothing", "unknown-model"],
    ["mobilenet_v3_small", "model-not-installed"],
    ["toString", "unknown-model"],
  ])("%s is 404 %s", async (name, type) => {
    const response = await request(`/v1/models/${name}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ type: `https://edge-vision.dev/problems/${type}` });
  });
});

describe("probes", () => {
  test("healthz does no I/O", async () => {
    faulty.faults = { error: new Error("down") };
    expect(await (await request("/healthz")).json()).toEqual({ status: "ok" });
    faulty.faults = {};
  });

  test("readyz is 200 when the default models' files are there, and else 503", async () => {
    const response = await request("/readyz");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ready", models: { mobilenet_v3_large: true } });

    const missing = await storedColorModel("mobilenet_v3_small", { seed: 99 });
    const other = testApp({ models: [missing], engines: [fakeEngine("kernels")] });
    const unready = await other.request("/readyz");
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: "not ready", models: { mobilenet_v3_small: false } });
  });

  test("readyz is 503 when there is no model at all", async () => {
    expect((await testApp({ models: [], engines: [] }).request("/readyz")).status).toBe(503);
  });
});
