import { env } from "cloudflare:workers";
import { beforeAll, expect, expectTypeOf, test } from "vitest";
import { createClient } from "../../src/client.ts";
import type { PROBLEMS, ProblemType } from "../../src/handlers/problem.ts";
import { testApp } from "./support/app.ts";
import { storedColorModel, storedHalvesDetector } from "./support/color-model.ts";
import { solidPng } from "./support/png.ts";
import { seed } from "./support/stored-model.ts";

const models = [await storedColorModel("mobilenet_v3_small"), await storedHalvesDetector("halves")];
const { app, faulty } = testApp({ models });
const client = createClient("http://localhost", {
  fetch: (input: RequestInfo | URL, init?: RequestInit) =>
    app.request(new Request(input, init), undefined, { ...env, MODELS: faulty.bucket }),
});

beforeAll(() => seed(env.MODELS, models));

const orange = solidPng(41, 21, [255, 153, 0]);

test("a form", async () => {
  const form = { image: new File([orange], "orange.png") };
  const response = await client.v1.classify.$post({ form, query: { top_k: "1" } });
  if (!response.ok) throw new Error((await response.json()).detail);
  const { predictions } = await response.json();
  expectTypeOf(predictions).toEqualTypeOf<{ label: string; index: number; score: number }[]>();
  expect(predictions).toEqual([{ label: "red", index: 0, score: expect.any(Number) }]);
});

test("another task, another model", async () => {
  const form = { image: new Blob([orange]) };
  const response = await client.v1.detect.$post({ form, query: { model: "halves", classes: "top,left" } });
  if (!response.ok) throw new Error((await response.json()).detail);
  const { predictions } = await response.json();
  expectTypeOf(predictions[0].box.xmin).toEqualTypeOf<number>();
  expect(predictions.map(({ label }) => label)).toEqual(["top", "left"]);
});

test("several images", async () => {
  const form = { images: [new Blob([orange]), new Blob(["hello"])] };
  const response = await client.v1.classify.$post({ form, query: { top_k: "1" } });
  if (!response.ok) throw new Error((await response.json()).detail);
  const [first, second] = (await response.json()).results;
  if ("problem" in first) throw new Error(first.problem.detail);
  expectTypeOf(first.answer.predictions[0].label).toEqualTypeOf<string>();
  expect(first.answer.predictions).toMatchObject([{ label: "red" }]);
  expect(second).toMatchObject({ problem: { status: 415 } });
});

test("statuses of problems are those that there are", async () => {
  const response = await client.v1.classify.$post({ form: { image: new Blob([orange]) } });
  if (response.ok) return;
  type Status = (typeof response)["status"];
  expectTypeOf<401>().toExtend<Status>();
  expectTypeOf<Exclude<(typeof PROBLEMS)[ProblemType][0], 499>>().toEqualTypeOf<Status>();
});

test("a problem", async () => {
  const response = await client.v1.models[":name"].$get({ param: { name: "nothing" } });
  expect(response.status).toBe(404);
  if (response.ok) throw new Error("it is not there");
  expect((await response.json()).type).toMatch(/unknown-model$/);
});

test("what there is", async () => {
  const response = await client.v1.models.$get({});
  if (!response.ok) throw new Error("it is always there");
  const answer = await response.json();
  expect(answer.models.map(({ name }) => name)).toEqual(["halves", "mobilenet_v3_small"]);
  const [first] = answer.models;
  if (first.installed) expectTypeOf(first.verification).toExtend<string>();
  else expectTypeOf(first.install).toEqualTypeOf<string>();
});
