import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode, type Orientation } from "../../../src/codecs/index.ts";
import type { Preprocess } from "../../../src/runtime/card.ts";
import { planPreprocess, toOriginal } from "../../../src/runtime/preprocess/index.ts";
import { expectSamePixels } from "../codecs/same-pixels.ts";
import rcnn from "./fixtures/rcnn.json";
import { floatsOf, IMAGENET, makePicture, pictureOf, pixelsOf, prepareAs } from "./pictures.ts";
import { resizeLikePillow } from "./reference.ts";

describe("torchvision's detection transform", () => {
  test.each(rcnn)("$name", async (fixture) => {
    const { width, height, rgb, min_size, max_size, size_divisible } = fixture;
    const spec: Preprocess = { kind: "generalized_rcnn", min_size, max_size, size_divisible, ...IMAGENET };
    const file = pictureOf(width, height, fromBase64(rgb));
    const { input, geometry } = await prepareAs(file, spec);
    const [resizedWidth, resizedHeight] = fixture.resized;
    expect(geometry).toMatchObject({
      resized: { width: resizedWidth, height: resizedHeight },
      input: { width: fixture.inputWidth, height: fixture.inputHeight },
    });
    const expected = new Float32Array(fromBase64(fixture.expected).buffer);
    const actual = floatsOf(input);
    expect(actual.length).toBe(expected.length);
    for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThan(5e-6);
  });

  test("turned pictures come out upright", async () => {
    const spec: Preprocess = {
      kind: "generalized_rcnn",
      min_size: 9,
      max_size: 30,
      size_divisible: 8,
      ...IMAGENET,
    };
    for (let n = 1; n <= 8; n++) {
      const stored = makePicture(13, 22, n);
      const { input } = await prepareAs(stored, spec, n as Orientation);
      const upright = await uprightOf(stored, n as Orientation);
      const expected = await prepareAs(upright, spec);
      floatsOf(input).forEach((value, i) => {
        expect(Math.abs(value - floatsOf(expected.input)[i])).toBeLessThan(1e-5);
      });
    }
  });
});

describe("layouts", () => {
  const spec: Preprocess = { kind: "resize_crop", resize: 10, crop: 14, ...IMAGENET };
  const file = makePicture(25, 17, 5);

  test("floats are the bytes scaled and normalised, padding included", async () => {
    const bytes = pixelsOf((await prepareAs(file, spec)).input);
    const planes = floatsOf((await prepareAs(file, spec, 1, { layout: "nchw" })).input);
    const interleaved = floatsOf((await prepareAs(file, spec, 1, { layout: "nhwc" })).input);
    bytes.forEach((byte, i) => {
      const c = i % 3;
      const expected = (byte / 255 - IMAGENET.mean[c]) / IMAGENET.std[c];
      expect(planes[c * 14 * 14 + (i - c) / 3]).toBeCloseTo(expected, 5);
      expect(interleaved[i]).toBeCloseTo(expected, 5);
    });
  });

  test("a buffer of the caller's is written into", async () => {
    const into = new Uint8Array(14 * 14 * 3).fill(77);
    const { input } = await prepareAs(file, spec, 1, { into });
    expect(pixelsOf(input)).toBe(into);
    expectSamePixels(into, pixelsOf((await prepareAs(file, spec)).input));
    await expect(prepareAs(file, spec, 1, { into: new Uint8Array(5) })).rejects.toThrow("Uint8Array of 588");
    await expect(prepareAs(file, spec, 1, { layout: "nchw", into })).rejects.toThrow("Float32Array of 588");
  });
});

describe("kinds", () => {
  test("letterbox: top left, the rest black", async () => {
    const file = makePicture(30, 12, 3);
    const { input, geometry } = await prepareAs(file, { kind: "letterbox", size: 20, ...IMAGENET });
    expect(geometry).toMatchObject({ resized: { width: 20, height: 8 }, input: { width: 20, height: 20 } });
    const expected = resizeLikePillow(await decode(file, DEFAULT_LIMITS), 20, 8);
    expectSamePixels(pixelsOf(input).subarray(0, 20 * 8 * 3), expected.pixels);
    expect(
      pixelsOf(input)
        .subarray(20 * 8 * 3)
        .every((value) => value === 0),
    ).toBe(true);
  });

  test("stretch: the aspect is not kept", async () => {
    const file = makePicture(30, 12, 3);
    const { input } = await prepareAs(file, { kind: "stretch", width: 9, height: 16, ...IMAGENET });
    expectSamePixels(pixelsOf(input), resizeLikePillow(await decode(file, DEFAULT_LIMITS), 9, 16).pixels);
  });

  test.each([
    [1, 1],
    [1, 4000],
    [4000, 1],
    [3, 5000],
  ])("%i × %i pixels do for every kind", async (width, height) => {
    const file = makePicture(width, height, 1);
    const kinds: Preprocess[] = [
      { kind: "resize_crop", resize: 232, crop: 224, ...IMAGENET },
      { kind: "resize", resize: 520, max_size: 1333, ...IMAGENET },
      { kind: "generalized_rcnn", min_size: 320, max_size: 640, size_divisible: 32, ...IMAGENET },
      { kind: "letterbox", size: 512, ...IMAGENET },
      { kind: "stretch", width: 256, height: 144, ...IMAGENET },
    ];
    for (const spec of kinds) {
      const { input } = await prepareAs(file, spec);
      const values = "pixels" in input ? input.pixels : floatsOf(input);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });
});

describe("geometry", () => {
  const header = { format: "png", width: 400, height: 300, orientation: 6 } as const;

  test("maps the input's points to the upright original", () => {
    const { geometry } = planPreprocess(header, { kind: "resize_crop", resize: 150, crop: 100, ...IMAGENET });
    expect(geometry.original).toEqual({ width: 300, height: 400 });
    expect(geometry.resized).toEqual({ width: 150, height: 200 });
    expect(geometry.offset).toEqual({ x: -25, y: -50 });
    expect(toOriginal(geometry, 0, 0)).toEqual({ x: 50, y: 100 });
    expect(toOriginal(geometry, 100, 100)).toEqual({ x: 250, y: 300 });
  });

  test("asks the decoder for enough, in stored orientation", () => {
    const { minSize } = planPreprocess(header, { kind: "resize", resize: 30, max_size: 1333, ...IMAGENET });
    expect(minSize).toEqual({ width: 56, height: 42 });
  });

  test("a detector gets every pixel", () => {
    const spec: Preprocess = {
      kind: "generalized_rcnn",
      min_size: 32,
      max_size: 64,
      size_divisible: 32,
      ...IMAGENET,
    };
    expect(planPreprocess(header, spec).minSize).toBeUndefined();
  });
});

async function uprightOf(file: Uint8Array, orientation: Orientation): Promise<Uint8Array> {
  const { orientRows } = await import("../../../src/codecs/orient.ts");
  const { decodeInto } = await import("../../../src/codecs/index.ts");
  const { sink, image } = orientRows(orientation);
  await decodeInto(file, { limits: DEFAULT_LIMITS }, sink);
  const { width, height, pixels } = image();
  return pictureOf(width, height, pixels);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
