/** The preprocessing against torchvision's: pictures of odd sizes whose resized and cropped pixels were stored. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode, readHeader } from "../../../src/codecs/index.ts";
import { preprocess } from "../../../src/runtime/preprocess/index.ts";

const FOLDER = new URL("../../../../shared/golden/codecs/", import.meta.url);
const NORMALIZATION = {
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406] as [number, number, number],
  std: [0.229, 0.224, 0.225] as [number, number, number],
};

interface Entry {
  readonly file: string;
  readonly resize_256_crop_224: string;
  readonly resize_232_crop_224: string;
}

const present = existsSync(FOLDER);

describe.skipIf(!present)(`torchvision's classification preset${present ? "" : " (needs ../shared)"}`, () => {
  const entries: Entry[] = present
    ? JSON.parse(readFileSync(new URL("index.json", FOLDER), "utf8")).preprocess
    : [];

  test.each(entries)("$file", async (entry) => {
    const bytes = read(entry.file);
    for (const resize of [256, 232] as const) {
      const { input } = await preprocess(
        bytes,
        readHeader(bytes, DEFAULT_LIMITS),
        { kind: "resize_crop", resize, crop: 224, ...NORMALIZATION },
        { limits: DEFAULT_LIMITS },
      );
      const expected = await decode(read(entry[`resize_${resize}_crop_224`]), DEFAULT_LIMITS);
      if (!("pixels" in input)) throw new Error("expected bytes");
      expect([input.width, input.height]).toEqual([expected.width, expected.height]);
      expect(Buffer.compare(input.pixels, expected.pixels)).toBe(0);
    }
  });

  function read(file: string): Uint8Array {
    return readFileSync(new URL(`preprocess/${file}`, FOLDER));
  }
});
