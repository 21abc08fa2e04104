/** The JPEG decoder on the reference files: pixels that libjpeg-turbo made, real photos, damaged photos. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, decode, decodeInto, type Image, readHeader } from "../../../src/codecs/index.ts";
import { decodeJpeg } from "../../../src/codecs/jpeg/index.ts";
import type { ScaleDenominator } from "../../../src/codecs/jpeg/scale.ts";
import { preprocess } from "../../../src/runtime/preprocess/index.ts";
import { collector, decodeScaled } from "../../src/codecs/jpeg/support.ts";

const SHARED = new URL("../../../../shared/", import.meta.url);
const present = existsSync(new URL("golden/codecs/index.json", SHARED));
const note = present ? "" : " (needs ../shared)";

interface Entry {
  readonly file: string;
  readonly expected: string;
  readonly scaled: Readonly<Record<string, string>>;
}

const read = (path: string) => new Uint8Array(readFileSync(new URL(path, SHARED)));
const same = (ours: Image, theirs: Image) => {
  expect([ours.width, ours.height]).toEqual([theirs.width, theirs.height]);
  expect(Buffer.compare(ours.pixels, theirs.pixels)).toBe(0);
};

describe.skipIf(!present)(`pixels are libjpeg-turbo's${note}`, () => {
  const entries: Entry[] = present
    ? JSON.parse(Buffer.from(read("golden/codecs/index.json")).toString()).jpeg
    : [];
  const png = (file: string) => decode(read(`golden/codecs/jpeg/${file}`), DEFAULT_LIMITS);

  it.each(entries)("$file", async ({ file, expected, scaled }) => {
    const bytes = read(`golden/codecs/jpeg/${file}`);
    same(await decode(bytes, DEFAULT_LIMITS), await png(expected));
    for (const [denominator, picture] of Object.entries(scaled)) {
      same(decodeScaled(bytes, Number(denominator) as ScaleDenominator), await png(picture));
    }
  });

  const logos = ["cmyk_pytorch", "gray_pytorch", "rgb_pytorch"];
  it.each(logos)("%s.jpg is decoded", async (name) => {
    const { width, height, pixels } = await decode(
      read(`photos/decoder_edge_cases/logos/${name}.jpg`),
      DEFAULT_LIMITS,
    );
    expect(pixels.length).toBe(3 * width * height);
  });
});

describe.skipIf(!present)(`photos${note}`, () => {
  const names = present ? readdirSync(new URL("photos_pillow/us_gov", SHARED)) : [];

  it.each(names)(
    "%s: whole, as Pillow has it; scaled, within a level of it after the resize",
    async (name) => {
      const file = read(`photos/us_gov/${name.replace(".png", ".jpg")}`);
      const pillow = read(`photos_pillow/us_gov/${name}`);
      same(await decode(file, DEFAULT_LIMITS), await decode(pillow, DEFAULT_LIMITS));
      const spec = {
        kind: "resize_crop",
        resize: 256,
        crop: 224,
        scale: 1 / 255,
        mean: [0, 0, 0] as [number, number, number],
        std: [1, 1, 1] as [number, number, number],
      } as const;
      const prepare = async (bytes: Uint8Array) => {
        const { input } = await preprocess(bytes, readHeader(bytes, DEFAULT_LIMITS), spec, {
          limits: DEFAULT_LIMITS,
        });
        if (!("pixels" in input)) throw new Error("expected bytes");
        return input.pixels;
      };
      const scaled = await prepare(file);
      const full = await prepare(pillow);
      const total = scaled.reduce((sum, value, index) => sum + Math.abs(value - (full[index] ?? 0)), 0);
      expect(total / scaled.length).toBeLessThanOrEqual(1);
    },
  );
});

describe.skipIf(!present)(`damaged photos${note}`, () => {
  const names = present
    ? readdirSync(new URL("photos/decoder_edge_cases/damaged_jpeg", SHARED)).filter((name) =>
        name.endsWith(".jpg"),
      )
    : [];

  it.each(names)(
    "%s: a picture with warnings or a typed error, and an error where damage is not wanted",
    async (name) => {
      const bytes = read(`photos/decoder_edge_cases/damaged_jpeg/${name}`);
      const { sink } = collector();
      const outcome = await decodeInto(bytes, { limits: DEFAULT_LIMITS }, sink).then(
        ({ warnings }) => `${warnings.length > 0 ? "warnings" : "sound"}`,
        (error) => error.kind,
      );
      expect(["warnings", "broken"]).toContain(outcome);
      expect(() => decodeJpeg(bytes, { limits: DEFAULT_LIMITS, strict: true }, collector().sink)).toThrow(
        expect.objectContaining({ name: "CodecError", kind: "broken" }),
      );
    },
  );
});
