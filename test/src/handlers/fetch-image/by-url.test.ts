import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { testApp } from "../../support/app.ts";
import { storedColorModel } from "../../support/color-model.ts";
import { solidPng } from "../../support/png.ts";
import { seed } from "../../support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_small", { verification: "verified" });
const HOST = "https://images.edge-vision.dev";

beforeAll(() => seed(env.MODELS, [model]));

function start(variables: Record<string, string> = {}) {
  const { request, lines } = testApp({
    models: [model],
    variables: { IMAGE_URLS: "https", MAX_IMAGE_BYTES: "1000000", ...variables },
  });
  return {
    lines,
    classify: (image: object) =>
      request("/v1/classify?top_k=1", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ image }),
      }),
  };
}

test("a picture is fetched by its address", async () => {
  const { classify } = start();
  const response = await classify({ url: `${HOST}/red.png` });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ predictions: [{ label: "red" }] });
  expect((await classify({ url: `${HOST}/redirects/3` })).status).toBe(200);
});

test("nothing is fetched unless the configuration says so", async () => {
  const { classify } = start({ IMAGE_URLS: "off" });
  expect(await (await classify({ url: `${HOST}/red.png` })).json()).toMatchObject({
    status: 400,
    type: expect.stringMatching(/url-refused$/),
    detail: expect.stringMatching(/IMAGE_URLS/),
  });
});

describe("a host that", () => {
  test.each([
    ["does not answer", "/hang", 502, "image-fetch-failed", /longer than 500 ms/],
    ["stops half-way", "/hang-body", 502, "image-fetch-failed", /longer than 500 ms/],
    ["answers 500", "/status/500", 502, "image-fetch-failed", /answered 500/],
    ["answers 404", "/status/404", 502, "image-fetch-failed", /answered 404/],
    [
      "redirects to the metadata service",
      `/redirect?to=${encodeURIComponent("http://169.254.169.254/")}`,
      400,
      "url-refused",
      /http: is not fetched/,
    ],
    [
      "redirects to it by https",
      `/redirect?to=${encodeURIComponent("https://169.254.169.254/")}`,
      400,
      "url-refused",
      /link-local/,
    ],
    [
      "redirects to a relative private address",
      `/redirect?to=${encodeURIComponent("//10.0.0.1/")}`,
      400,
      "url-refused",
      /private/,
    ],
    ["redirects without an end", "/redirects/4", 502, "image-fetch-failed", /more than 3 times/],
    ["sends a gigabyte", "/huge", 413, "image-too-large", /MAX_IMAGE_BYTES/],
    ["declares a gigabyte", "/huge-declared", 413, "image-too-large", /MAX_IMAGE_BYTES/],
    ["sends HTML and calls it a PNG", "/html", 415, "not-an-image", /HTML page/],
  ] as const)("%s", async (_, path, status, type, detail) => {
    const patience: Record<string, string> = path.startsWith("/hang") ? { IMAGE_URL_TIMEOUT_MS: "500" } : {};
    const { classify, lines } = start(patience);
    const response = await classify({ url: HOST + path });
    expect(await response.json()).toMatchObject({
      status,
      type: `https://edge-vision.dev/problems/${type}`,
      detail: expect.stringMatching(detail),
    });
    expect(lines[0]).toMatchObject({ outcome: type });
  });
});

describe("a key of the bucket IMAGES", () => {
  test("is read where the configuration allows it", async () => {
    await env.IMAGES?.put("photos/red.png", solidPng(8, 8, [255, 0, 0]));
    const { classify } = start({ ALLOW_IMAGE_KEYS: "true" });
    expect(await (await classify({ key: "photos/red.png" })).json()).toMatchObject({
      predictions: [{ label: "red" }],
    });
    expect((await classify({ key: "photos/none.png" })).status).toBe(404);
    expect((await start().classify({ key: "photos/red.png" })).status).toBe(404);
  });

  test("reaches no other bucket", async () => {
    const { classify } = start({ ALLOW_IMAGE_KEYS: "true" });
    for (const key of Object.keys(model.files)) expect((await classify({ key })).status).toBe(404);
  });

  test("over the limit is 413", async () => {
    await env.IMAGES?.put("big.png", new Uint8Array(2000));
    const { classify } = start({ ALLOW_IMAGE_KEYS: "true", MAX_IMAGE_BYTES: "1000" });
    expect((await classify({ key: "big.png" })).status).toBe(413);
  });
});
