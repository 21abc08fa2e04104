import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../../../src/codecs/encode/png.ts";
import { DEFAULT_LIMITS, decode } from "../../../../src/codecs/index.ts";

/** What the decoder makes of it; the decoder is tested against files that other programs wrote. */
async function decodeRgb(png: Uint8Array): Promise<{ width: number; height: number; pixels: number[] }> {
  const { width, height, pixels } = await decode(png, DEFAULT_LIMITS);
  return { width, height, pixels: [...pixels] };
}

const side = fc.integer({ min: 1, max: 40 });

describe("encodePng", () => {
  it("writes RGB that reads back the same", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.infiniteStream(fc.nat(255)), async (width, height, bytes) => {
        const pixels = Array.from({ length: width * height * 3 }, () => bytes.next().value as number);
        const png = await encodePng({
          width,
          height,
          color: "rgb",
          row: (y, into) => into.set(pixels.slice(y * width * 3, (y + 1) * width * 3)),
        });
        expect(await decodeRgb(png)).toEqual({ width, height, pixels });
      }),
      { numRuns: 60 },
    );
  });

  it("keeps palette indices, and their colours", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.infiniteStream(fc.nat(255)), async (width, height, bytes) => {
        const indices = Array.from({ length: width * height }, () => bytes.next().value as number);
        const palette = Uint8Array.from({ length: 256 * 3 }, (_, i) =>
          i % 3 === 0 ? i / 3 : (i * 7919) % 256,
        );
        const png = await encodePng({
          width,
          height,
          color: "indexed",
          palette,
          row: (y, into) => into.set(indices.slice(y * width, (y + 1) * width)),
        });
        // Bit depth and colour type in IHDR.
        expect([png[24], png[25]]).toEqual([8, 3]);
        const colours = indices.flatMap((i) => [...palette.subarray(i * 3, i * 3 + 3)]);
        expect((await decodeRgb(png)).pixels).toEqual(colours);
      }),
      { numRuns: 60 },
    );
  });

  it("packs black and white into bits, any width", async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.infiniteStream(fc.boolean()), async (width, height, values) => {
        const bits = Array.from({ length: width * height }, () => values.next().value as boolean);
        const png = await encodePng({
          width,
          height,
          color: "bilevel",
          row: (y, into) => {
            for (let x = 0; x < width; x++) if (bits[y * width + x]) into[x >> 3] |= 0x80 >> (x & 7);
          },
        });
        expect(png[24]).toBe(1);
        expect((await decodeRgb(png)).pixels).toEqual(bits.flatMap((bit) => Array(3).fill(bit ? 255 : 0)));
      }),
      { numRuns: 60 },
    );
  });

  it("spans several batches", async () => {
    const width = 700;
    const height = 300;
    const byteAt = (i: number) => (i * 2654435761) >>> 24;
    const png = await encodePng({
      width,
      height,
      color: "rgb",
      row: (y, into) => {
        for (let i = 0; i < width * 3; i++) into[i] = byteAt(y * width * 3 + i);
      },
    });
    const { pixels } = await decodeRgb(png);
    expect(pixels.every((value, i) => value === byteAt(i))).toBe(true);
  });

  it("refuses pictures without pixels and palettes without colours", async () => {
    const row = () => {};
    await expect(encodePng({ width: 0, height: 1, color: "rgb", row })).rejects.toThrow("0 by 1");
    await expect(encodePng({ width: 1, height: 1, color: "indexed", row })).rejects.toThrow("palette");
  });

  it("passes on what the source throws", async () => {
    const row = (y: number) => {
      if (y === 500) throw new Error("no such row");
    };
    await expect(encodePng({ width: 1000, height: 1000, color: "rgb", row })).rejects.toThrow("no such row");
  });
});
