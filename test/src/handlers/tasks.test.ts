import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import { testApp } from "../support/app.ts";
import { storedColorModel, storedColorSegmenter, storedHalvesDetector } from "../support/color-model.ts";
import { png, solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const classifier = await storedColorModel("mobilenet_v3_small");
const detector = await storedHalvesDetector("centernet_mobilenet_v3");
const segmenter = await storedColorSegmenter("selfie_segmentation");
const models = [classifier, detector, segmenter];
const { app, request, lines } = testApp({ models });

beforeAll(() => seed(env.MODELS, models));

/** 32 × 16 pixels, the left half red, the right one black. */
function halfRed(): Uint8Array {
  const rows = new Uint8Array(16 * 97);
  for (let y = 0; y < 16; y++) for (let x = 0; x < 16; x++) rows[y * 97 + 1 + x * 3] = 255;
  return png(32, 16, rows);
}

const orange = solidPng(40, 20, [255, 153, 0]);

async function post(path: string, body: Uint8Array = orange) {
  const response = await request(path, { method: "POST", body });
  const type = response.headers.get("content-type") ?? "";
  // biome-ignore lint/suspicious/noExplicitAny: the answer is what is under test
  const json: any = type.includes("json") ? await response.json() : undefined;
  return { response, json };
}

test("classify gives wanted labels only, although others are better", async () => {
  const { json } = await post("/v1/classify?allow=green,blue&deny=blue&top_k=1");
  expect(json.predictions).toMatchObject([{ label: "green" }]);
});

test("a request is one data point where Analytics Engine is bound", async () => {
  const points: AnalyticsEngineDataPoint[] = [];
  const ANALYTICS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) };
  await app.request("/v1/classify", { method: "POST", body: orange }, { ...env, ANALYTICS });
  expect(points).toEqual([
    {
      indexes: [classifier.name],
      blobs: ["/v1/classify", "ok", "fp32", "kernels", expect.stringMatching(/open|loaded/), "png", ""],
      doubles: [200, expect.any(Number), orange.byteLength, 40, 20],
    },
  ]);
});

describe("detect", () => {
  test("gives boxes in fractions where asked", async () => {
    const { json } = await post("/v1/detect?boxes=fractions");
    expect(json.predictions).toMatchObject([
      { label: "top", box: { xmin: 0, ymin: 0, xmax: 1, ymax: 0.5 } },
      { label: "left", box: { xmin: 0, ymin: 0, xmax: 0.5, ymax: 1 } },
    ]);
  });

  test("gives boxes in the picture's own pixels, best first", async () => {
    const { json } = await post("/v1/detect");
    expect(json).toEqual({
      model: detector.name,
      variant: "fp32",
      sha256: detector.entry.variants.fp32?.sha256,
      engine: "kernels",
      image: { width: 40, height: 20 },
      predictions: [
        { label: "top", index: 1, score: 1, box: { xmin: 0, ymin: 0, xmax: 40, ymax: 10 } },
        {
          label: "left",
          index: 2,
          score: expect.closeTo(0.6, 5),
          box: { xmin: 0, ymin: 0, xmax: 20, ymax: 20 },
        },
      ],
    });
  });

  test.each([
    ["threshold=0.7", ["top"]],
    ["top_k=1", ["top"]],
    ["classes=left", ["left"]],
    ["classes=left,top", ["top", "left"]],
    ["deny=TOP", ["left"]],
    ["deny=top&top_k=1", ["left"]],
  ])("%s", async (query, labels) => {
    const { json } = await post(`/v1/detect?${query}`);
    expect(json.predictions.map(({ label }: { label: string }) => label)).toEqual(labels);
  });

  test.each([
    ["threshold=1.5", /threshold: '1.5' is not a number from 0 to 1/],
    ["top_k=1001", /top_k: '1001' is not a whole number from 1 to 1000/],
    ["classes=right", /no class is called 'right'; there are: __background__, top, left/],
    ["classes=", /classes: '' is not names of classes/],
    ["draw=yes", /draw: 'yes' is not one of 1, 0, true, false/],
    ["box_nms_thresh=0.4", /is not a Faster R-CNN/],
    ["rpn_post_nms_top_n_test=0", /from 1 to 2000/],
  ])("%s is refused", async (query, detail) => {
    const { json } = await post(`/v1/detect?${query}`);
    expect(json.status).toBe(400);
    expect(json.type).toMatch(/bad-parameter$/);
    expect(json.detail).toMatch(detail);
  });

  test("draws", async () => {
    const { response } = await post("/v1/detect?draw=1");
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("x-model")).toBe(detector.name);
    expect(response.headers.get("x-model-sha256")).toBe(detector.entry.variants.fp32?.sha256);
    const image = await decode(await response.bytes(), DEFAULT_LIMITS);
    expect(image).toMatchObject({ width: 40, height: 20 });
    expect(image.pixels).not.toEqual((await decode(orange, DEFAULT_LIMITS)).pixels);
  });
});

describe("segment", () => {
  test.each(["json", "rle", "polygons"])("%s: every class with its share and box", async (format) => {
    const { json } = await post(`/v1/segment?format=${format}`, halfRed());
    expect(json).toMatchObject({
      model: segmenter.name,
      engine: "kernels",
      image: { width: 32, height: 16 },
      format,
      segments: [
        { label: "__background__", index: 0, share: 0.5, box: { xmin: 16, ymin: 0, xmax: 32, ymax: 16 } },
        { label: "red", index: 1, share: 0.5, box: { xmin: 0, ymin: 0, xmax: 16, ymax: 16 } },
      ],
    });
    expect(json.segments[1]).toHaveProperty(format === "json" ? "mask" : format);
  });

  test("png: the class index in each pixel", async () => {
    const { response } = await post("/v1/segment?format=png", halfRed());
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("x-model-engine")).toBe("kernels");
    const { width, height, pixels } = await decode(await response.bytes(), DEFAULT_LIMITS);
    expect([width, height]).toEqual([32, 16]);
    expect(pixels.subarray(0, 3)).toEqual(new Uint8Array([128, 0, 0]));
    expect(pixels.subarray(93, 96)).toEqual(new Uint8Array([0, 0, 0]));
  });

  test("draws", async () => {
    const { response } = await post("/v1/segment?draw=1", solidPng(9, 7, [0, 255, 0]));
    expect(await decode(await response.bytes(), DEFAULT_LIMITS)).toMatchObject({ width: 9, height: 7 });
  });

  test("an unknown format is refused with those there are", async () => {
    const { json } = await post("/v1/segment?format=gif");
    expect(json).toMatchObject({
      status: 400,
      detail: "format: 'gif' is not one of json, png, rle, polygons.",
    });
  });
});

describe("tag", () => {
  test("merges a classifier and a detector", async () => {
    lines.length = 0;
    const { json } = await post(
      "/v1/tag?classifier=mobilenet_v3_small&detector=centernet_mobilenet_v3",
      halfRed(),
    );
    expect(json.models.map(({ model }: { model: string }) => model)).toEqual([
      classifier.name,
      detector.name,
    ]);
    expect(json.image).toEqual({ width: 32, height: 16 });
    expect(json.tags[0]).toMatchObject({ label: "red", sources: ["classifier"] });
    expect(lines[0]).toMatchObject({ models: [{ model: classifier.name }, { model: detector.name }] });
  });

  test.each([
    ["classifier=none", ["top", "left"]],
    ["detector=none", ["red"]],
    ["detector=none&classifier_threshold=0&allow=Green,blue&deny=blue", ["green"]],
    ["detector_threshold=0.9&classifier_threshold=0.99", ["top"]],
    ["top_k=1", ["top"]],
  ])("%s", async (query, labels) => {
    const { json } = await post(`/v1/tag?${query}`);
    expect(json.tags.map(({ label }: { label: string }) => label)).toEqual(labels);
  });

  test.each(["classifier=none&detector=none", "classifier_threshold=2", "classifier=centernet_mobilenet_v3"])(
    "%s is refused",
    async (query) => {
      expect((await post(`/v1/tag?${query}`)).response.status).toBe(400);
    },
  );
});
