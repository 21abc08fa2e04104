import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError, DEFAULT_LIMITS, decode, decodeInto, readHeader } from "../../../../src/codecs/index.ts";
import { expectSamePixels } from "../same-pixels.ts";
import { CHANNELS, ihdr, join, KINDS, makeChunk, makePng, type PngParts, type Samples } from "./make-png.ts";
import { ancillary, anyPng, makePalette, makeSamples } from "./samples.ts";
import { decodeByUpng } from "./upng.ts";

const LIMITS = DEFAULT_LIMITS;
const GREY8 = [0, 8] as const;
const RGB8 = [2, 8] as const;

describe("every colour type, depth, filter and interlacing", () => {
  for (const [colorType, bitDepth] of KINDS) {
    for (const interlaced of [false, true]) {
      for (const transparent of colorType <= 3 ? [false, true] : [false]) {
        const name = `${interlaced ? "interlaced " : ""}colour type ${colorType}, ${bitDepth} bits${transparent ? ", tRNS" : ""}`;
        test(name, async () => {
          // Every filter alone, then all in turn; sizes at which some of Adam7's passes are empty.
          for (const filters of [[0], [1], [2], [3], [4], [4, 2, 0, 3, 1]]) {
            for (const [width, height] of [
              [1, 1],
              [3, 2],
              [8, 8],
              [21, 13],
            ]) {
              const samples = makeSamples([colorType, bitDepth], width, height, filters[0] + width);
              const parts = { filters, interlaced, before: ancillary(samples, width, transparent) };
              const image = await decode(makePng(samples, parts), LIMITS);
              expectSamePixels(image.pixels, expectedPixels(samples, parts));
            }
          }
        });
      }
    }
  }
});

describe("the same as upng-js", () => {
  // upng-js drops transparency, misreads interlaced pictures of one bit, and grey of less than 8 bits where rows do not fill their bytes.
  const comparable = KINDS.filter(([colorType]) => colorType <= 3);
  for (const [colorType, bitDepth] of comparable) {
    for (const interlaced of bitDepth > 1 ? [false, true] : [false]) {
      test(`${interlaced ? "interlaced " : ""}colour type ${colorType}, ${bitDepth} bits`, async () => {
        for (const filter of [0, 1, 2, 3, 4]) {
          const samples = makeSamples([colorType, bitDepth], 24, 15, filter);
          const file = makePng(samples, {
            interlaced,
            filters: [filter],
            before: ancillary(samples, filter, false),
          });
          expectSamePixels((await decode(file, LIMITS)).pixels, decodeByUpng(file));
        }
      });
    }
  }
});

test("any picture comes out as it went in", async () => {
  await fc.assert(
    fc.asyncProperty(anyPng, async ({ samples, parts }) => {
      const image = await decode(makePng(samples, parts), LIMITS);
      expect(image).toMatchObject({ width: samples.width, height: samples.height });
      expectSamePixels(image.pixels, expectedPixels(samples, parts));
    }),
    { numRuns: 300 },
  );
});

describe("damage", () => {
  const samples = makeSamples(RGB8, 30, 20, 1);
  const whole = makePng(samples, { filters: [4], idatBytes: 100 });

  test("any flipped bit is noticed, or harmless", async () => {
    const pixels = (await decode(whole, LIMITS)).pixels;
    for (let bit = 0; bit < whole.length * 8; bit += 7) {
      const damaged = whole.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const result = await decode(damaged, LIMITS).catch((error: unknown) => error);
      // A chunk's type may turn into an unknown one that is stepped over, such as IEND's.
      if (result instanceof CodecError) continue;
      expect(result).toMatchObject({ pixels });
    }
  });

  test("any truncation is refused, unless only the end chunk is missing", async () => {
    for (let length = 0; length < whole.length; length += 3) {
      const promise = decode(whole.slice(0, length), LIMITS);
      if (length >= whole.length - 12) await expect(promise).resolves.toBeDefined();
      else await expect(promise).rejects.toBeInstanceOf(CodecError);
    }
  });

  test("a missing end is told, and refused when strict", async () => {
    const cut = whole.slice(0, -12);
    const sink = { begin() {}, row() {}, end() {} };
    await expect(decodeInto(cut, { limits: LIMITS }, sink)).resolves.toEqual({
      warnings: ["PNG: the file ends without its end chunk (IEND)"],
    });
    await expect(decodeInto(cut, { limits: LIMITS, strict: true }, sink)).rejects.toThrow("IEND");
  });

  test("data that inflate to too little", async () => {
    const rows = makePng(makeSamples(RGB8, 30, 10, 1));
    const taller = join([
      rows.subarray(0, 8),
      makeChunk("IHDR", ihdr({ width: 30, height: 11, colorType: 2, bitDepth: 8 })),
      rows.subarray(33),
    ]);
    await expect(decode(taller, LIMITS)).rejects.toThrow(/end after|damaged after/);
  });

  test("data that inflate to too much are cut, as by libpng", async () => {
    const rows = makePng(makeSamples(RGB8, 30, 10, 1));
    const shorter = join([
      rows.subarray(0, 8),
      makeChunk("IHDR", ihdr({ width: 30, height: 9, colorType: 2, bitDepth: 8 })),
      rows.subarray(33),
    ]);
    await expect(decode(shorter, LIMITS)).resolves.toMatchObject({ height: 9 });
  });

  test.each([
    [1, 10],
    [5000, 10],
    [5, 3000],
    [70_000, 3000],
  ])("%i bytes behind the compressed data are ignored, as by libpng", async (extra, height) => {
    const tall = makeSamples(RGB8, 10, height, 5);
    const file = makePng(tall);
    const length = new DataView(file.buffer).getUint32(33);
    const data = join([file.subarray(41, 41 + length), new Uint8Array(extra).fill(7)]);
    const longer = join([file.subarray(0, 33), makeChunk("IDAT", data), file.subarray(45 + length)]);
    expectSamePixels((await decode(longer, LIMITS)).pixels, expectedPixels(tall, {}));
  });

  test.each([
    ["a filter that does not exist", makePng(samples, { filters: [5] }), "filter 5"],
    ["no data", join([whole.subarray(0, 33), makeChunk("IEND", new Uint8Array(0))]), "no image data"],
    ["no palette", makePng(makeSamples([3, 8], 4, 4, 1)), "without a palette"],
    ["a palette of 4 bytes", makePng(samples, { before: [["PLTE", new Uint8Array(4)]] }), "palette (PLTE)"],
    ["a depth of 3", header({ bitDepth: 3 }), "colour type 2 with 3 bits"],
    ["a colour type of 5", header({ colorType: 5 }), "colour type 5"],
    ["no width", header({ width: 0 }), "0 × 20"],
    ["Apple's variant", join([whole.subarray(0, 8), makeChunk("CgBI", new Uint8Array(4))]), "CgBI"],
  ])("%s", async (_name, file, message) => {
    await expect(decode(file, LIMITS)).rejects.toThrow(message);
  });

  function header(change: Partial<Samples>): Uint8Array {
    const body = ihdr({ width: 30, height: 20, colorType: 2, bitDepth: 8, ...change });
    return join([whole.subarray(0, 8), makeChunk("IHDR", body), whole.subarray(33)]);
  }
});

describe("limits", () => {
  test("a megabyte that declares a thousand megapixels is refused by its header", async () => {
    const bomb = join([
      makePng(makeSamples(GREY8, 1, 1, 1)).subarray(0, 8),
      makeChunk("IHDR", ihdr({ width: 40_000, height: 25_000, colorType: 2, bitDepth: 8 })),
      makeChunk("IDAT", new Uint8Array(1_000_000)),
      makeChunk("IEND", new Uint8Array(0)),
    ]);
    expect(() => readHeader(bomb, LIMITS)).toThrow("1,000 megapixels; the limit is 100 (maxPixels)");
    await expect(decode(bomb, LIMITS)).rejects.toMatchObject({ kind: "too_large" });
  });

  test("data that could never inflate to what is declared are not inflated", async () => {
    const small = makePng(makeSamples(GREY8, 10, 10, 1));
    const file = join([
      small.subarray(0, 8),
      makeChunk("IHDR", ihdr({ width: 9_000, height: 11_000, colorType: 2, bitDepth: 8 })),
      small.subarray(33),
    ]);
    const calls: string[] = [];
    const sink = { begin: () => void calls.push("begin"), row: () => void calls.push("row"), end() {} };
    await expect(decodeInto(file, { limits: LIMITS }, sink)).rejects.toThrow("cannot hold");
    expect(calls).toEqual([]);
  });

  test("text chunks are stepped over, however much they would inflate to", async () => {
    const samples = makeSamples(RGB8, 5, 5, 3);
    const text = join([new TextEncoder().encode("Comment\0\0"), new Uint8Array(1_000_000)]);
    const file = makePng(samples, {
      before: Array.from({ length: 10 }, () => ["zTXt", text] as const),
      after: [["iTXt", text]],
    });
    await expect(decode(file, LIMITS)).resolves.toMatchObject({ pixels: expectedPixels(samples, {}) });
  });

  test.each([
    [{ maxBytes: 100 }, "maxBytes"],
    [{ maxPixels: 599 }, "maxPixels"],
    [{ maxSide: 29 }, "maxSide"],
    [{ maxDecodeBytes: 1000 }, "maxDecodeBytes"],
  ])("%o is named", async (limit, name) => {
    const file = makePng(makeSamples(RGB8, 30, 20, 1));
    await expect(decode(file, { ...LIMITS, ...limit })).rejects.toMatchObject({
      kind: "too_large",
      message: expect.stringContaining(name),
    });
  });
});

test("an animation gives its first frame", async () => {
  const samples = makeSamples(RGB8, 6, 4, 9);
  const fdat = makePng(makeSamples(RGB8, 6, 4, 10));
  const frame = new Uint8Array(26);
  new DataView(frame.buffer).setUint32(4, 6);
  new DataView(frame.buffer).setUint32(8, 4);
  const file = makePng(samples, {
    before: [
      ["acTL", Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 0)],
      ["fcTL", frame],
    ],
    after: [
      ["fcTL", frame],
      ["fdAT", fdat.subarray(37)],
    ],
  });
  await expect(decode(file, LIMITS)).resolves.toMatchObject({ pixels: expectedPixels(samples, {}) });
});

/** What a file should give: transparency over white, exactly rounded; 16-bit samples by their high byte. */
function expectedPixels(samples: Samples, { before = [] }: PngParts): Uint8Array {
  const { colorType, bitDepth, values, width, height } = samples;
  const channels = CHANNELS[colorType];
  const palette = before.find(([type]) => type === "PLTE")?.[1] ?? makePalette(bitDepth, 0);
  const trns = before.find(([type]) => type === "tRNS")?.[1];
  const to8 = (value: number) =>
    bitDepth === 16 ? value >> 8 : Math.round((value * 255) / (2 ** bitDepth - 1));
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const raw = Array.from({ length: channels }, (_, c) => values[i * channels + c]);
    let rgb: number[];
    let alpha = 255;
    if (colorType === 3) {
      rgb = [...palette.subarray(raw[0] * 3, raw[0] * 3 + 3)];
      alpha = trns?.[raw[0]] ?? 255;
    } else {
      rgb = (colorType & 2 ? raw.slice(0, 3) : [raw[0], raw[0], raw[0]]).map(to8);
      if (colorType & 4) alpha = to8(raw[channels - 1]);
      else if (trns && raw.every((value, c) => value === ((trns[c * 2] << 8) | trns[c * 2 + 1]))) alpha = 0;
    }
    pixels.set(
      rgb.map((value) => Math.round((value * alpha + 255 * (255 - alpha)) / 255)),
      i * 3,
    );
  }
  return pixels;
}
