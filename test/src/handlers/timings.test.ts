import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createStopwatch, PARTS } from "../../../src/handlers/stopwatch.ts";
import { testApp } from "../support/app.ts";
import { storedColorModel, storedHalvesDetector } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const models = [
  await storedColorModel("mobilenet_v3_small"),
  await storedHalvesDetector("centernet_mobilenet_v3"),
];
const body = solidPng(2000, 1000, [255, 0, 0]);

beforeAll(() => seed(env.MODELS, models));

describe("where the configuration says that clocks run", () => {
  const { request, lines } = testApp({ models, variables: { TIMINGS: "true" } });

  test("the answer and the log tell what the time went to", async () => {
    const response = await request("/v1/classify", { method: "POST", body });
    const told = (response.headers.get("server-timing") ?? "").split(", ").map((metric) => {
      const [, name, ms] = /^(\w+);dur=([\d.]+)$/.exec(metric) ?? [];
      return [name, Number(ms)] as const;
    });
    expect(told.map(([name]) => name)).toEqual(PARTS);
    expect(lines[0].timings_ms).toEqual(Object.fromEntries(told));
    const { load, decode, resize, infer } = Object.fromEntries(told);
    for (const ms of [load, decode, resize, infer]) expect(ms).toBeGreaterThan(0);
  });

  test("the answer is the same", async () => {
    const plain = await testApp({ models }).request("/v1/tag", { method: "POST", body });
    const timed = await request("/v1/tag", { method: "POST", body });
    expect(await timed.json()).toEqual(await plain.json());
  });

  test("a request that runs nothing tells nothing", async () => {
    const response = await request("/v1/models");
    expect(response.headers.has("server-timing")).toBe(false);
    expect(lines.at(-1)).not.toHaveProperty("timings_ms");
  });
});

test("nothing is told by default", async () => {
  const { request, lines } = testApp({ models });
  const response = await request("/v1/classify", { method: "POST", body });
  expect(response.headers.has("server-timing")).toBe(false);
  expect(lines[0]).not.toHaveProperty("timings_ms");
});

test("each moment counts once: a part within another stops it", () => {
  let time = 100;
  const stopwatch = createStopwatch(() => time);
  const leavePost = stopwatch.enter("post");
  time += 1;
  const leaveDecode = stopwatch.enter("decode");
  time += 2;
  for (const _ of [1, 2]) {
    const leaveResize = stopwatch.enter("resize");
    time += 4;
    leaveResize();
  }
  leaveDecode();
  time += 16;
  leavePost();
  time += 32;
  expect(stopwatch.ms).toEqual({ wait: 0, load: 0, decode: 2, resize: 8, infer: 0, post: 17 });
});
