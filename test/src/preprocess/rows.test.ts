/** A detector's picture, made row by row. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode, type Orientation } from "../../../src/codecs/index.ts";
import type { Image } from "../../../src/codecs/types.ts";
import type { Preprocess } from "../../../src/runtime/card.ts";
import type { PictureTensor, RowTensor } from "../../../src/runtime/engines/engine.ts";
import { keptBytes } from "../../../src/runtime/preprocess/index.ts";
import { makeKept } from "../../../src/runtime/preprocess/kept.ts";
import { planPreprocess } from "../../../src/runtime/preprocess/plan.ts";
import { floatsOf, IMAGENET, makePicture, prepareAs } from "./pictures.ts";

const f = Math.fround;

const cases = fc.record({
  width: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 40 }),
  orientation: fc.integer({ min: 1, max: 8 }).map((n) => n as Orientation),
  min_size: fc.integer({ min: 1, max: 30 }),
  max_size: fc.integer({ min: 20, max: 60 }),
  size_divisible: fc.constantFrom(1, 8, 32),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const specOf = ({ min_size, max_size, size_divisible }: Case): Preprocess => {
  return { kind: "generalized_rcnn", min_size, max_size, size_divisible, ...IMAGENET };
};

function rowsOf(input: PictureTensor): RowTensor {
  if (!("row" in input)) throw new Error("expected a picture made by rows");
  return input;
}

/** Input positions and weight of an output position, in single precision. */
function between(out: number, outSize: number, inSize: number) {
  const position = Math.max(0, f(f(f(inSize / outSize) * f(out + 0.5)) - 0.5));
  const low = Math.min(Math.floor(position), inSize - 1);
  return { low, high: Math.min(low + 1, inSize - 1), weight: f(Math.min(1, position - low)) };
}

/** A value of an upright picture's resized self, normalised: one position at a time. */
function valueAt({ width, height, pixels }: Image, size: { width: number; height: number }) {
  const [scale, { mean, std }] = [IMAGENET.scale, IMAGENET];
  return (x: number, y: number, c: number) => {
    const [h, v] = [between(x, size.width, width), between(y, size.height, height)];
    const along = (row: number) => {
      const [a, b] = [h.low, h.high].map((column) => pixels[(row * width + column) * 3 + c] ?? 0);
      return f(a + (b - a) * h.weight);
    };
    const mixed = f(along(v.low) + (along(v.high) - along(v.low)) * v.weight);
    return f(mixed * (scale / (std[c] ?? 1)) + (0 - (mean[c] ?? 0)) / (std[c] ?? 1));
  };
}

describe("a picture made by rows", () => {
  test("is the whole picture interpolated, normalised and padded with zeros, bit for bit", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const file = makePicture(one.width, one.height, one.min_size);
        const { input, geometry } = await prepareAs(file, specOf(one));
        const { resized } = geometry;
        const expected = valueAt(await decode(file, DEFAULT_LIMITS), resized);
        const { width, height, row } = rowsOf(input);
        const into = new Float32Array(3 * width);
        for (let y = 0; y < height; y++) {
          row(y, into.fill(Number.NaN));
          const inside = (x: number) => x < resized.width && y < resized.height;
          const wanted = into.map((_, i) => {
            const x = Math.floor(i / 3);
            return inside(x) ? expected(x, y, i % 3) : 0;
          });
          expect(into).toEqual(wanted);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("gives its rows in any order, and again, however it is stored; and in every other layout", async () => {
    await fc.assert(
      fc.asyncProperty(cases, fc.infiniteStream(fc.nat()), async (one, order) => {
        const file = makePicture(one.width, one.height, one.max_size);
        const prepared = (layout: "rows" | "nchw" | "nhwc") =>
          prepareAs(file, specOf(one), one.orientation, { layout });
        const whole = floatsOf((await prepared("nhwc")).input);
        const planes = floatsOf((await prepared("nchw")).input);
        const { width, height, row } = rowsOf((await prepared("rows")).input);
        const into = new Float32Array(3 * width);
        for (const number of order.take(2 * height)) {
          const y = number % height;
          row(y, into);
          expect(into).toEqual(whole.subarray(3 * width * y, 3 * width * (y + 1)));
          const red = into.filter((_, i) => i % 3 === 0);
          expect(red).toEqual(planes.subarray(width * y, width * (y + 1)));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("keeps no more than it is counted for: four pixels for each of its own, and none twice", () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { width, height, orientation } = one;
        const header = { format: "png", width, height, orientation } as const;
        const { geometry } = planPreprocess(header, specOf(one));
        const { kept } = makeKept(header, header, geometry);
        const lines = new Set([...kept.down.first, ...kept.down.second]);
        const bytes = [...lines].reduce((sum, line) => sum + kept.line(line).length, 0);
        expect(bytes).toBeLessThanOrEqual(keptBytes(header, geometry.resized));
        expect(kept.line(0).buffer.byteLength).toBe(bytes);
      }),
    );
  });

  test("is refused as bytes, in a caller's buffer, and of pictures that are antialiased", async () => {
    const file = makePicture(5, 4, 1);
    const spec = specOf({ min_size: 4, max_size: 9, size_divisible: 1, width: 5, height: 4, orientation: 1 });
    await expect(prepareAs(file, spec, 1, { layout: "bytes" })).rejects.toThrow("floats, not bytes");
    await expect(prepareAs(file, spec, 1, { into: new Float32Array(60) })).rejects.toThrow("buffer");
    const plain: Preprocess = { kind: "stretch", width: 9, height: 16, ...IMAGENET };
    await expect(prepareAs(file, plain, 1, { layout: "rows" })).rejects.toThrow("generalized_rcnn");
  });
});
