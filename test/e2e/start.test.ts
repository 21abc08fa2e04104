import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/models/paths.ts";
import { npmStart, type Started } from "./support/npm-start.ts";

let started: Started;
let origin: string;

beforeAll(async () => {
  started = await npmStart();
  origin = started.origin;
});

afterAll(() => started?.stop());

async function post(route: string, file: string, type = "application/octet-stream"): Promise<Response> {
  const body = new Uint8Array(await readFile(path.join(ROOT, "public/samples", file)));
  return fetch(origin + route, { method: "POST", body, headers: { "Content-Type": type } });
}

interface Labelled {
  readonly label: string;
  readonly score: number;
}

test("it says what is served and how to ask", () => {
  expect(started.output()).toContain("curl --data-binary @public/samples/chelsea.png");
  expect(started.output()).toContain("mobilenet_v3_large_075_tiny_imagenet");
});

test("it is ready, with a default model for every task", async () => {
  const response = await fetch(`${origin}/readyz`);
  expect(response.status).toBe(200);
  const { models } = (await response.json()) as { models: Record<string, boolean> };
  expect(Object.values(models)).toEqual([true, true, true]);
});

describe("with no download beyond npm", () => {
  test("a cat is a cat, as curl posts it", async () => {
    const response = await post("/v1/classify", "chelsea.png", "application/x-www-form-urlencoded");
    expect(response.headers.get("x-request-id")).toBeTruthy();
    const answer = (await response.json()) as { model: string; predictions: Labelled[] };
    expect(answer).toMatchObject({ image: { width: 451, height: 300 } });
    expect(answer.predictions).toHaveLength(5);
    expect(answer.predictions.slice(0, 2).map(({ label }) => label)).toEqual(
      expect.arrayContaining(["Egyptian cat", "tabby"]),
    );
  });

  test("a person is found", async () => {
    const response = await post("/v1/detect", "astronaut.jpg", "image/jpeg");
    const { predictions } = (await response.json()) as { predictions: Labelled[] };
    expect(predictions.map(({ label }) => label)).toContain("person");
  });

  test("a person is cut out", async () => {
    const response = await post("/v1/segment?format=rle", "astronaut.jpg");
    const { segments } = (await response.json()) as { segments: (Labelled & { share: number })[] };
    const person = segments.find(({ label }) => label === "person");
    expect(person?.share).toBeGreaterThan(0.2);
    expect(person?.share).toBeLessThan(0.8);
  });

  test("a picture is tagged", async () => {
    const response = await post("/v1/tag", "astronaut.jpg");
    const { tags } = (await response.json()) as { tags: Labelled[] };
    expect(tags.map(({ label }) => label)).toContain("person");
  });

  test("drawn pictures come as PNG", async () => {
    for (const route of ["/v1/detect?draw=1", "/v1/segment?draw=1"]) {
      const response = await post(route, "astronaut.jpg");
      expect(response.headers.get("content-type")).toBe("image/png");
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(Array.from(bytes.subarray(0, 4))).toEqual([0x89, 0x50, 0x4e, 0x47]);
    }
  });
});

test("an error is a problem", async () => {
  const response = await fetch(`${origin}/v1/classify`, { method: "POST", body: "hello" });
  expect(response.status).toBe(415);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
});
