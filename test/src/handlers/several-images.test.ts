import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { testApp } from "../support/app.ts";
import { storedColorModel, storedColorSegmenter, storedHalvesDetector } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const classifier = await storedColorModel("mobilenet_v3_small", { verification: "verified" });
const models = [
  classifier,
  await storedHalvesDetector("centernet_mobilenet_v3"),
  await storedColorSegmenter("selfie_segmentation"),
];
const { app, request, lines } = testApp({ models, variables: { ALLOW_IMAGE_KEYS: "true" } });

beforeAll(async () => {
  await seed(env.MODELS, models);
  await env.IMAGES?.put("green.png", green);
});
beforeEach(() => void lines.splice(0));

const red = solidPng(20, 10, [255, 0, 0]);
const green = solidPng(10, 20, [0, 255, 0]);
const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

interface Result {
  readonly answer?: { readonly predictions: readonly { readonly label: string }[] };
  readonly problem?: Readonly<Record<string, unknown>>;
}

async function post(body: FormData | object, path = "/v1/classify?top_k=1") {
  const init =
    body instanceof FormData
      ? { body }
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const response = await request(path, { method: "POST", ...init });
  const json = (await response.json()) as Result & { results: Result[] };
  return { response, json };
}

function form(name: string, ...files: Uint8Array[]): FormData {
  const form = new FormData();
  for (const file of files) form.append(name, new Blob([file]));
  return form;
}

/** Labels, or the types of problems. */
const outcomes = (results: readonly Result[]) =>
  results.map(
    ({ answer, problem }) => answer?.predictions[0].label ?? String(problem?.type).split("/").at(-1),
  );

describe("a list is answered by a list, in order:", () => {
  test.each<[string, FormData | object, string[]]>([
    ["several fields `image`", form("image", red, green, red), ["red", "green", "red"]],
    ["one field `images`", form("images", green), ["green"]],
    [
      "JSON",
      { images: [{ base64: toBase64(green) }, { key: "green.png" }, { base64: toBase64(red) }] },
      ["green", "green", "red"],
    ],
    ["JSON with one", { images: [{ base64: toBase64(red) }] }, ["red"]],
  ])("%s", async (_, body, labels) => {
    const { response, json } = await post(body);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(outcomes(json.results)).toEqual(labels);
  });

  test.each(["classify", "detect", "segment?format=rle", "tag"])("%s, each as it is alone", async (route) => {
    const alone = await Promise.all([red, green].map((file) => post(form("image", file), `/v1/${route}`)));
    const { json } = await post(form("image", red, green), `/v1/${route}`);
    expect(json.results).toEqual(alone.map(({ json: answer }) => ({ answer })));
  });
});

test("one image is answered as it always was", async () => {
  expect((await post(form("image", red))).json).toMatchObject({ predictions: [{ label: "red" }] });
});

describe("what is wrong with one image", () => {
  test("takes nothing from the others, and is a problem with its own instance", async () => {
    const images = [
      { base64: toBase64(red) },
      { base64: "?" },
      { base64: btoa("hello") },
      { key: "nothing.png" },
      { url: "https://images.edge-vision.dev/red.png" },
      { base64: toBase64(green.subarray(0, 40)) },
      { base64: toBase64(green) },
    ];
    const { response, json } = await post({ images });
    expect(response.status).toBe(200);
    expect(outcomes(json.results)).toEqual([
      "red",
      "bad-request-body",
      "not-an-image",
      "unknown-image",
      "url-refused",
      "broken-image",
      "green",
    ]);
    expect(json.results[2].problem).toEqual({
      type: "https://edge-vision.dev/problems/not-an-image",
      title: "The bytes are not an image",
      status: 415,
      detail: expect.stringMatching(/look like text/),
      instance: `urn:edge-vision:request:${response.headers.get("x-request-id")}#2`,
    });
    expect(json.results[1].problem?.detail).toMatch(/^images\[1\]\.base64 is not base64/);
    expect(lines).toMatchObject([
      {
        status: 200,
        models: [{ model: classifier.name }],
        images: [
          { format: "png", width: 20, height: 10, bytes: red.byteLength },
          { outcome: "bad-request-body" },
          { outcome: "not-an-image" },
          { outcome: "unknown-image" },
          { outcome: "url-refused" },
          { outcome: "broken-image" },
          { format: "png", width: 10, height: 20, bytes: green.byteLength },
        ],
      },
    ]);
    expect(lines[0]).not.toHaveProperty("outcome");
    expect(lines[0]).not.toHaveProperty("image");
  });

  test("is logged with its cause where it is our fault", async () => {
    const { request, faulty, lines } = testApp({ models });
    faulty.faults = { error: new Error("R2 is down: internal detail") };
    const response = await request("/v1/classify", { method: "POST", body: form("image", red, green) });
    const text = await response.text();
    expect(outcomes(JSON.parse(text).results)).toEqual(["storage-failure", "storage-failure"]);
    expect(text).not.toContain("internal detail");
    expect(lines[0].images).toMatchObject([
      { outcome: "storage-failure", error: expect.stringMatching(/internal detail/) },
      { outcome: "storage-failure" },
    ]);
    // What failed for the first is not asked again for the second.
    expect(new Set(faulty.reads).size).toBe(faulty.reads.length);
  });
});

describe("a list is refused as a whole", () => {
  test.each<[string, number, string, FormData | object, string?, RegExp?]>([
    [
      "with too many images",
      413,
      "too-many-images",
      form("image", ...Array(9).fill(red)),
      "",
      /At most 8.*MAX_IMAGES/,
    ],
    ["with too many in JSON", 413, "too-many-images", { images: Array(9).fill({ key: "green.png" }) }],
    ["that is empty", 400, "missing-image", { images: [] }],
    [
      "with an image that is none of what is taken",
      400,
      "missing-image",
      { images: [{ base64: "x", url: "y" }] },
    ],
    [
      "where a picture is asked for",
      400,
      "bad-parameter",
      form("images", red),
      "/v1/detect?draw=1",
      /^draw: a list/,
    ],
    [
      "where one indexed picture is",
      400,
      "bad-parameter",
      form("images", red),
      "/v1/segment?format=png",
      /^format/,
    ],
    [
      "with a parameter that no image makes right",
      400,
      "bad-parameter",
      form("image", red, red),
      "/v1/detect?classes=x",
    ],
    [
      "by Hugging Face's route",
      413,
      "too-many-images",
      form("image", red, red),
      `/models/${classifier.name}`,
    ],
  ])("%s", async (_, status, type, body, path = "", detail = /./) => {
    const { response, json } = await post(body, path || "/v1/classify");
    expect(json).toMatchObject({ status, type: expect.stringMatching(new RegExp(`${type}$`)) });
    expect((json as unknown as { detail: string }).detail).toMatch(detail);
    expect(response.status).toBe(status);
  });

  test("over the limit of a body, which is that of one image", async () => {
    const { request } = testApp({ models, variables: { MAX_IMAGE_BYTES: "1000" } });
    const slack = 64 * 1024;
    const body = form("image", new Uint8Array(slack), new Uint8Array(1001));
    const { status } = await request("/v1/classify", { method: "POST", body });
    expect(status).toBe(413);
  });
});

test("requests that come meanwhile take their turns between its images", async () => {
  const order: string[] = [];
  const bindings = {
    ...env,
    IMAGES: new Proxy({} as R2Bucket, {
      get: () => async (key: string) => {
        order.push(key);
        return env.IMAGES?.get("green.png");
      },
    }),
  };
  const send = (body: object) =>
    app.request(
      "/v1/classify",
      { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } },
      bindings,
    );
  const list = Promise.resolve(send({ images: [1, 2, 3, 4].map((i) => ({ key: `list-${i}` })) })).then(() =>
    order.push("list"),
  );
  const single = Promise.resolve(send({ image: { key: "single" } })).then(() => order.push("answered"));
  await Promise.all([list, single]);
  expect(order.indexOf("answered")).toBeLessThan(order.indexOf("list"));
});
