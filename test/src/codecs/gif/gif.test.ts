import fc from "fast-check";
import { GifReader, GifWriter } from "omggif";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode, decodeInto, readHeader } from "../../../../src/codecs/index.ts";
import { makeSamples } from "../png/samples.ts";
import { expectSamePixels } from "../same-pixels.ts";

const anyGif = fc
  .record({
    width: fc.integer({ min: 1, max: 90 }),
    height: fc.integer({ min: 1, max: 90 }),
    bits: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer(),
    transparent: fc.boolean(),
    inset: fc.integer({ min: 0, max: 5 }),
    noise: fc.boolean(),
  })
  .map(({ width, height, bits, seed, transparent, inset, noise }) => {
    const colors = 1 << bits;
    const palette = Array.from(
      { length: colors },
      (_, i) => (Math.imul(i + seed, 2654435761) >>> 8) & 0xffffff,
    );
    const x = Math.min(inset, width - 1);
    const frameWidth = width - x;
    const samples = makeSamples([3, 8], frameWidth, height, seed).values;
    // Noise exercises the growth and clearing of the table, flat colour its longest strings.
    const indices = Uint8Array.from(samples, (value, i) => (noise ? value : i >> 9) & (colors - 1));
    const buffer = new Uint8Array(50_000 + width * height * 3);
    const writer = new GifWriter(buffer, width, height, { palette });
    writer.addFrame(
      x,
      0,
      frameWidth,
      height,
      indices,
      transparent ? { transparent: seed & (colors - 1) } : {},
    );
    return buffer.slice(0, writer.end());
  });

test("any picture comes out as from omggif, over white", async () => {
  await fc.assert(
    fc.asyncProperty(anyGif, async (file) => {
      const image = await decode(file, DEFAULT_LIMITS);
      const reader = new GifReader(file);
      const rgba = new Uint8Array(reader.width * reader.height * 4);
      reader.decodeAndBlitFrameRGBA(0, rgba);
      const expected = new Uint8Array(reader.width * reader.height * 3).fill(255);
      for (let i = 0; i < reader.width * reader.height; i++) {
        if (rgba[i * 4 + 3] === 255) expected.set(rgba.subarray(i * 4, i * 4 + 3), i * 3);
      }
      expectSamePixels(image.pixels, expected);
    }),
    { numRuns: 200 },
  );
});

describe("files that are not as they should be", () => {
  const palette = [0xff0000, 0x00ff00, 0x0000ff, 0];
  const buffer = new Uint8Array(10_000);
  const writer = new GifWriter(buffer, 20, 20, { palette });
  const indices = Uint8Array.from({ length: 400 }, (_, i) => (i * 7 + (i >> 3)) & 3);
  writer.addFrame(0, 0, 20, 20, indices);
  const file = buffer.slice(0, writer.end());
  const frameAt = file.indexOf(0x2c, 13 + 12);

  test("truncated data: the rest is white and it is told, or refused when strict", async () => {
    const cut = file.slice(0, frameAt + 60);
    const rows: Uint8Array[] = [];
    const sink = { begin() {}, row: (_y: number, rgb: Uint8Array) => void rows.push(rgb.slice()), end() {} };
    const { warnings } = await decodeInto(cut, { limits: DEFAULT_LIMITS }, sink);
    expect(warnings[0]).toMatch(/^GIF: the data end early; \d+ pixels are left white$/);
    expect(rows[19].every((value) => value === 255)).toBe(true);
    expectSamePixels(rows[0], (await decode(file, DEFAULT_LIMITS)).pixels.subarray(0, 60));
    await expect(decodeInto(cut, { limits: DEFAULT_LIMITS, strict: true }, sink)).rejects.toThrow(
      "the data end",
    );
  });

  test("unknown extensions before the frame are stepped over", async () => {
    const extension = [0x21, 0x01, 3, 1, 2, 3, 0];
    const longer = Uint8Array.from([...file.subarray(0, frameAt), ...extension, ...file.subarray(frameAt)]);
    expectSamePixels(
      (await decode(longer, DEFAULT_LIMITS)).pixels,
      (await decode(file, DEFAULT_LIMITS)).pixels,
    );
  });

  test("a frame that reaches beyond the screen makes it larger", () => {
    const wide = file.slice();
    wide.set([25, 0], frameAt + 5);
    expect(readHeader(wide, DEFAULT_LIMITS)).toMatchObject({ width: 25, height: 20 });
  });

  test("a few bytes that declare 99 megapixels are refused at once", async () => {
    const huge = file.slice();
    new DataView(huge.buffer).setUint16(frameAt + 5, 9900, true);
    new DataView(huge.buffer).setUint16(frameAt + 7, 10_000, true);
    await expect(decode(huge, DEFAULT_LIMITS)).rejects.toThrow("cannot hold");
  });

  test.each([
    ["no frame", Uint8Array.from([...file.subarray(0, frameAt), 0x3b]), "has no frame"],
    ["an unknown block", Uint8Array.from([...file.subarray(0, frameAt), 0x99, 0, 0]), "unknown block 0x99"],
    ["half a header", file.slice(0, 9), "inside its header"],
    ["half a frame header", file.slice(0, frameAt + 5), "inside a frame"],
  ])("%s", async (_name, bytes, message) => {
    await expect(decode(bytes, DEFAULT_LIMITS)).rejects.toThrow(message);
  });
});
