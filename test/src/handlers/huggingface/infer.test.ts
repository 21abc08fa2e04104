import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../../src/codecs/index.ts";
import { testApp } from "../../support/app.ts";
import { storedColorModel, storedColorSegmenter, storedHalvesDetector } from "../../support/color-model.ts";
import { solidPng } from "../../support/png.ts";
import { seed } from "../../support/stored-model.ts";

const classifier = await storedColorModel("colors");
const detector = await storedHalvesDetector("halves");
const segmenter = await storedColorSegmenter("segments");
const models = [classifier, detector, segmenter];
const known = { absent: { task: "detection", install: "npm run models -- install absent" } } as const;
const { request } = testApp({ models, known });

beforeAll(() => seed(env.MODELS, models));

const orange = solidPng(41, 21, [255, 153, 0]);
const inputs = btoa(String.fromCharCode(...orange));

async function post(model: string, body: Uint8Array | object, headers: Record<string, string> = {}) {
  const raw = body instanceof Uint8Array;
  const response = await request(`/models/${model}`, {
    method: "POST",
    body: raw ? body : JSON.stringify(body),
    headers: raw ? headers : { "Content-Type": "application/json", ...headers },
  });
  // biome-ignore lint/suspicious/noExplicitAny: the answer is what is under test
  return { response, json: (await response.json()) as any };
}

describe("image classification", () => {
  test("raw bytes and JSON give the same labels, and nothing beside label and score", async () => {
    const raw = await post("colors", orange);
    expect(raw.json.map(({ label }: { label: string }) => label)).toEqual(["red", "green", "blue"]);
    expect(Object.keys(raw.json[0])).toEqual(["label", "score"]);
    expect((await post("colors", { inputs })).json).toEqual(raw.json);
    expect((await post("colors", { inputs: `data:image/png;base64,${inputs}` })).json).toEqual(raw.json);
    expect(raw.response.headers.get("x-model")).toBe("colors");
  });

  test("top_k and function_to_apply", async () => {
    const { json } = await post("colors", { inputs, parameters: { top_k: 2, function_to_apply: "none" } });
    expect(json).toEqual([
      { label: "red", score: expect.closeTo(8, 5) },
      { label: "green", score: expect.closeTo(8 * 0.6, 5) },
    ]);
    const sigmoid = await post("colors", { inputs, parameters: { function_to_apply: "sigmoid" } });
    expect(sigmoid.json[2].score).toBeCloseTo(0.5, 6);
  });
});

test("object detection gives boxes in whole pixels", async () => {
  const { json } = await post("halves", { inputs, parameters: { threshold: 0.5 } });
  expect(json).toEqual([
    { label: "top", score: 1, box: { xmin: 0, ymin: 0, xmax: 41, ymax: 10 } },
    { label: "left", score: expect.closeTo(0.6, 5), box: { xmin: 0, ymin: 0, xmax: 20, ymax: 21 } },
  ]);
  expect((await post("halves", { inputs, parameters: { threshold: 0.7 } })).json).toHaveLength(1);
});

test("image segmentation gives masks of the picture's size, and no score", async () => {
  const { json } = await post("segments", {
    inputs,
    parameters: {
      subtask: "semantic",
      threshold: 0.5,
      mask_threshold: 0.5,
      overlap_mask_area_threshold: null,
    },
  });
  expect(json).toEqual([{ label: "red", mask: expect.any(String) }]);
  const png = Uint8Array.from(atob(json[0].mask), (character) => character.charCodeAt(0));
  const { width, height, pixels } = await decode(png, DEFAULT_LIMITS);
  expect([width, height]).toEqual([41, 21]);
  expect(new Set(pixels)).toEqual(new Set([255]));
});

test.each([
  ["nothing", { inputs }, 404, "unknown-model", /no model 'nothing'/],
  ["absent", { inputs }, 404, "model-not-installed", /npm run models -- install absent/],
  [
    "colors",
    { inputs, parameters: { top_k: 0 } },
    400,
    "bad-parameter",
    /parameters.top_k: a whole number from 1/,
  ],
  [
    "colors",
    { inputs, parameters: { function_to_apply: "tanh" } },
    400,
    "bad-parameter",
    /sigmoid, softmax, none/,
  ],
  ["halves", { inputs, parameters: { threshold: 2 } }, 400, "bad-parameter", /a number from 0 to 1/],
  ["halves", { inputs, parameters: { top_k: 1 } }, 400, "bad-parameter", /there are threshold/],
  ["segments", { inputs, parameters: { subtask: "panoptic" } }, 400, "bad-parameter", /semantic/],
  ["colors", {}, 400, "bad-request-body", /inputs: the image in base64/],
  ["colors", { inputs: "***" }, 400, "bad-request-body", /inputs is not base64/],
  ["colors", { inputs, parameters: [] }, 400, "bad-request-body", /parameters: an object/],
  ["colors", [], 400, "bad-request-body", /The JSON/],
])("%s is refused (%#)", async (model, body, status, type, detail) => {
  const { response, json } = await post(model, body);
  expect(response.status).toBe(status);
  expect(json.type).toMatch(new RegExp(`${type}$`));
  expect(json.detail).toMatch(detail);
  expect(json.error).toBe(json.detail);
});
