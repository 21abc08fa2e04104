import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import strips from "../codecs/jpeg/fixtures/strips.json";
import { testApp } from "../support/app.ts";
import { storedColorModel } from "../support/color-model.ts";
import { solidPng } from "../support/png.ts";
import { seed } from "../support/stored-model.ts";

const model = await storedColorModel("mobilenet_v3_large_075_tiny_imagenet", { verification: "embedded" });
const { app, request } = testApp({ models: [model] });

beforeAll(() => seed(env.MODELS, [model]));

/** A JPEG without its last third. */
const whole = Uint8Array.from(atob(strips["baseline 4:4:4"]), (letter) => letter.charCodeAt(0));
const cut = whole.slice(0, Math.floor((whole.length * 2) / 3));

/** The first box of an AVIF file, and no more: enough to be taken for one. */
const avif = new TextEncoder().encode("\0\0\0\x18ftypavif\0\0\0\0avifmif1");

describe("strict", () => {
  test("a damaged picture is answered with a warning, and refused when strict", async () => {
    const lenient = await request("/v1/classify", { method: "POST", body: cut });
    expect(lenient.status).toBe(200);
    const { image } = (await lenient.json()) as { image: { warnings: string[] } };
    expect(image.warnings.length).toBeGreaterThan(0);
    const strict = await request("/v1/classify?strict=1", { method: "POST", body: cut });
    expect(strict.status).toBe(422);
    await strict.body?.cancel();
  });

  test("a sound picture is answered either way", async () => {
    const strict = await request("/v1/classify?strict=true", { method: "POST", body: whole });
    expect(strict.status).toBe(200);
    expect((await strict.json()) as object).not.toHaveProperty("image.warnings");
  });

  test("another word is a bad parameter", async () => {
    const response = await request("/v1/classify?strict=maybe", { method: "POST", body: whole });
    expect(response.status).toBe(400);
    await response.body?.cancel();
  });
});

describe("formats that are not decoded here", () => {
  test("are refused with what is accepted, where nothing converts them", async () => {
    const response = await request("/v1/classify", { method: "POST", body: avif });
    expect(response.status).toBe(415);
    expect(((await response.json()) as { detail: string }).detail).toMatch(/AVIF.*JPEG.*PNG/s);
  });

  test("are opened by the Images binding, where there is one", async () => {
    const red = solidPng(20, 10, [255, 0, 0]);
    const output = async () => ({ response: () => new Response(red) });
    const binding = { input: () => ({ output }) };
    const bindings = { ...env, IMAGE_CONVERTER: binding };
    const response = await app.request("/v1/classify", { method: "POST", body: avif }, bindings);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { predictions: { label: string }[] }).predictions[0]?.label).toBe(
      "red",
    );
  });
});
