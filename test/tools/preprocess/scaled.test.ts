/** A JPEG that is decoded at a fraction of its size, against the same decoded in full: after the resize, the two are nearly the same. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodePng } from "../../../src/codecs/encode/png.ts";
import { DEFAULT_LIMITS, decode, type Image, readHeader } from "../../../src/codecs/index.ts";
import type { Preprocess } from "../../../src/runtime/card.ts";
import { preprocess } from "../../../src/runtime/preprocess/index.ts";

const FOLDER = new URL("../../../../shared/photos/", import.meta.url);
const present = existsSync(FOLDER);

/** The photos have 0.3 to 1 megapixel; resized this small, they are scaled as photos of 12 are for 256. */
const SHORTER_SIDES = [51, 100, 128];

describe.skipIf(!present)(`scaled decoding${present ? "" : " (needs ../shared)"}`, () => {
  test(`shorter sides of ${SHORTER_SIDES}: at most one level in the mean`, async () => {
    const differences: number[] = [];
    for (const file of globSync(["us_gov/*.jpg", "coco_cc/train2017/*.jpg"], { cwd: FOLDER })) {
      const bytes = readFileSync(new URL(file, FOLDER));
      // As a PNG, the same pixels are never scaled by their decoder.
      const png = await toPng(await decode(bytes, DEFAULT_LIMITS));
      for (const resize of SHORTER_SIDES) {
        const scaled = await prepare(bytes, resize);
        if (scaled.decoded.width === readHeader(bytes, DEFAULT_LIMITS).width) continue;
        differences.push(meanDifference(scaled.pixels, (await prepare(png, resize)).pixels));
      }
    }
    expect(differences.length).toBeGreaterThan(50);
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThanOrEqual(1);
  });
});

function toPng({ width, height, pixels }: Image): Promise<Uint8Array> {
  const row = (y: number, into: Uint8Array) => into.set(pixels.subarray(y * width * 3, (y + 1) * width * 3));
  return encodePng({ width, height, color: "rgb", row });
}

async function prepare(bytes: Uint8Array, resize: number) {
  const spec: Preprocess = {
    kind: "resize",
    resize,
    max_size: 1333,
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  };
  const limits = DEFAULT_LIMITS;
  const { input, decoded } = await preprocess(bytes, readHeader(bytes, limits), spec, { limits });
  if (!("pixels" in input)) throw new Error("expected bytes");
  return { pixels: input.pixels, decoded };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}
