/** torchvision's classification preset on pictures of odd sizes and on grey ones: stored inputs and outputs, both as PNG. */
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import { expectSamePixels } from "../codecs/same-pixels.ts";
import fixtures from "./fixtures/odd-sizes.json";
import { IMAGENET, pixelsOf, prepareAs } from "./pictures.ts";

test.each(fixtures)("$name", async ({ resize, file, expected }) => {
  const { input } = await prepareAs(fromBase64(file), {
    kind: "resize_crop",
    resize,
    crop: 224,
    ...IMAGENET,
  });
  const image = await decode(fromBase64(expected), DEFAULT_LIMITS);
  expect([image.width, image.height]).toEqual([224, 224]);
  expectSamePixels(pixelsOf(input), image.pixels);
});

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
