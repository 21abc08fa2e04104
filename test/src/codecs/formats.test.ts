/** Every format against Pillow: small files and their pixels, made with Pillow 13 (transparency over white). */
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import formats from "./fixtures/formats.json";
import png from "./fixtures/png.json";
import { expectSamePixels } from "./same-pixels.ts";

describe.each([
  ["PNG", png],
  ["other formats", formats],
])("%s, as Pillow decodes them", (_name, fixtures) => {
  test.each(fixtures)("$name", async ({ file, width, height, rgb }) => {
    const image = await decode(fromBase64(file), DEFAULT_LIMITS);
    expect([image.width, image.height]).toEqual([width, height]);
    expectSamePixels(image.pixels, fromBase64(rgb));
  });
});

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
