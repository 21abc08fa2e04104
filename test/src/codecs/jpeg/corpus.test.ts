import { describe, expect, it } from "vitest";
import { decodeJpeg } from "../../../../src/codecs/jpeg/index.ts";
import type { ScaleDenominator } from "../../../../src/codecs/jpeg/scale.ts";
import corpus from "./fixtures/corpus.json" with { type: "json" };
import damaged from "./fixtures/damaged.json" with { type: "json" };
import { bytesOf, collector, decodeScaled, describePixels, NO_LIMITS } from "./support.ts";

const SCALES: readonly ScaleDenominator[] = [1, 2, 4, 8];

describe("pixels are libjpeg-turbo's", () => {
  for (const denominator of SCALES) {
    it(`at 1/${denominator}, of all ${corpus.length} files`, async () => {
      for (const { name, jpeg, pixels } of corpus) {
        const image = decodeScaled(bytesOf(jpeg), denominator);
        expect(await describePixels(image), name).toBe(pixels[denominator]);
        expect(image.warnings, name).toEqual([]);
      }
    });
  }

  it(`where ${damaged.length} files are damaged`, async () => {
    for (const [index, { damage, jpeg, scale, pixels }] of damaged.entries()) {
      const image = decodeScaled(bytesOf(jpeg), scale as ScaleDenominator);
      expect(await describePixels(image), `${damage}, number ${index}`).toBe(pixels);
      expect(image.warnings.length, `${damage}, number ${index}`).toBeGreaterThan(0);
    }
  });
});

describe("strict", () => {
  const decode = (jpeg: string) => {
    const { sink, image } = collector();
    decodeJpeg(bytesOf(jpeg), { ...NO_LIMITS, strict: true }, sink);
    return image();
  };

  it("takes every sound file", async () => {
    for (const { name, jpeg, pixels } of corpus) {
      expect(await describePixels(decode(jpeg)), name).toBe(pixels[1]);
    }
  });

  it("refuses every damaged one", () => {
    for (const [index, { damage, jpeg }] of damaged.entries()) {
      expect(() => decode(jpeg), `${damage}, number ${index}`).toThrow(
        expect.objectContaining({ name: "CodecError", kind: "broken" }),
      );
    }
  });

  it("leaves nothing behind for the next decode", async () => {
    for (const { jpeg } of damaged) expect(() => decode(jpeg)).toThrow();
    for (const { name, jpeg, pixels } of corpus.slice(0, 20)) {
      expect(await describePixels(decode(jpeg)), name).toBe(pixels[1]);
    }
  });
});
