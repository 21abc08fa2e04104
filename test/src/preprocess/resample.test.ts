import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DEFAULT_LIMITS, decode, type Orientation } from "../../../src/codecs/index.ts";
import { place } from "../../../src/codecs/orient.ts";
import { makeAxis } from "../../../src/runtime/preprocess/coefficients.ts";
import { makeResampler, type PassOrder } from "../../../src/runtime/preprocess/resample.ts";
import { expectSamePixels } from "../codecs/same-pixels.ts";
import pillow from "./fixtures/pillow.json";
import { IMAGENET, makePicture, pictureOf, pixelsOf, prepareAs } from "./pictures.ts";
import { resizeLikePillow, transpose } from "./reference.ts";

const side = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 70 }));

describe("pixels that Pillow made", () => {
  test.each(pillow)("$name", ({ width, height, rgb, outWidth, outHeight, expected }) => {
    const image = { width, height, pixels: fromBase64(rgb) };
    expectSamePixels(resize(image, outWidth, outHeight), fromBase64(expected));
    expectSamePixels(resizeLikePillow(image, outWidth, outHeight).pixels, fromBase64(expected));
  });
});

test("any size to any other, in either order of the passes, equals the plain form of Pillow's resize", async () => {
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      side,
      side,
      fc.integer(),
      async (width, height, outWidth, outHeight, seed) => {
        const image = await decode(makePicture(width, height, seed), DEFAULT_LIMITS);
        const expected = resizeLikePillow(image, outWidth, outHeight);
        expectSamePixels(resize(image, outWidth, outHeight), expected.pixels);
        const turned = transpose(image);
        const across = {
          width: outHeight,
          height: outWidth,
          pixels: resize(turned, outHeight, outWidth, "vertical_first"),
        };
        expectSamePixels(transpose(across).pixels, expected.pixels);
      },
    ),
    { numRuns: 200 },
  );
});

test("any part of the output is that part of the whole output", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ width: side, height: side, outWidth: side, outHeight: side, seed: fc.integer() }),
      fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()),
      fc.constantFrom<PassOrder>("horizontal_first", "vertical_first"),
      async ({ width, height, outWidth, outHeight, seed }, cuts, order) => {
        const image = await decode(makePicture(width, height, seed), DEFAULT_LIMITS);
        const [left, right] = part(outWidth, cuts[0], cuts[1]);
        const [top, bottom] = part(outHeight, cuts[2], cuts[3]);
        const whole = resize(image, outWidth, outHeight, order);
        const rows: Uint8Array[] = [];
        const push = makeResampler(
          makeAxis({ inSize: width, outSize: outWidth, from: left, to: right }),
          makeAxis({ inSize: height, outSize: outHeight, from: top, to: bottom }),
          order,
          (y, row) => {
            expect(y).toBe(rows.length);
            rows.push(Uint8Array.from(row));
          },
        );
        for (let y = 0; y < height; y++) push(y, image.pixels.subarray(y * width * 3, (y + 1) * width * 3));
        expect(rows.length).toBe(bottom - top);
        rows.forEach((row, y) => {
          const at = (top + y) * outWidth;
          expectSamePixels(row, whole.subarray((at + left) * 3, (at + right) * 3));
        });
      },
    ),
    { numRuns: 200 },
  );
});

test("a turned or mirrored picture gives what the upright one gives, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer(),
      async (width, height, n, short, crop, seed) => {
        const orientation = n as Orientation;
        const stored = await decode(makePicture(width, height, seed), DEFAULT_LIMITS);
        const [w, h] = orientation >= 5 ? [height, width] : [width, height];
        const upright = turn(stored, orientation, w, h);
        for (const spec of [
          { kind: "resize_crop", resize: short, crop, ...IMAGENET },
          { kind: "resize", resize: short, max_size: 64, ...IMAGENET },
          { kind: "letterbox", size: short, ...IMAGENET },
          { kind: "stretch", width: short, height: crop, ...IMAGENET },
        ] as const) {
          const expected = await prepareAs(upright, spec);
          const actual = await prepareAs(makePicture(width, height, seed), spec, orientation);
          expect(actual.geometry).toEqual({ ...expected.geometry, orientation });
          expectSamePixels(pixelsOf(actual.input), pixelsOf(expected.input));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("memory stays a few rows where the filter spans the whole picture", () => {
  // 65,535 columns, 1,500 rows, turned by a quarter and made 1 pixel wide: keeping the filter's rows would take 300 MB.
  const width = 65_535;
  let allocated = 0;
  for (const type of [Int32Array, Uint8ClampedArray]) {
    vi.stubGlobal(
      type.name,
      new Proxy(type, {
        construct(target, parameters, newTarget) {
          const array = Reflect.construct(target, parameters, newTarget);
          if (typeof parameters[0] === "number") allocated += array.byteLength;
          return array;
        },
      }),
    );
  }
  onTestFinished(() => void vi.unstubAllGlobals());
  const push = makeResampler(
    makeAxis({ inSize: width, outSize: 44 }),
    makeAxis({ inSize: 1500, outSize: 1 }),
    "vertical_first",
    () => {},
  );
  const row = new Uint8Array(width * 3);
  for (let y = 0; y < 1500; y++) push(y, row);
  expect(allocated).toBeGreaterThan(width * 3 * 4);
  expect(allocated).toBeLessThan(3_000_000);
});

function resize(
  image: { width: number; height: number; pixels: Uint8Array },
  width: number,
  height: number,
  order: PassOrder = "horizontal_first",
): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  const push = makeResampler(
    makeAxis({ inSize: image.width, outSize: width }),
    makeAxis({ inSize: image.height, outSize: height }),
    order,
    (y, row) => out.set(row, y * width * 3),
  );
  for (let y = 0; y < image.height; y++) {
    push(y, image.pixels.subarray(y * image.width * 3, (y + 1) * image.width * 3));
  }
  return out;
}

function part(size: number, a: number, b: number): [number, number] {
  const from = a % size;
  return [from, from + 1 + (b % (size - from))];
}

function turn(
  stored: { width: number; height: number; pixels: Uint8Array },
  orientation: Orientation,
  width: number,
  height: number,
): Uint8Array {
  const { base, stepX, stepY } = place(orientation, stored.width, stored.height, width);
  const pixels = new Uint8Array(stored.pixels.length);
  for (let y = 0; y < stored.height; y++) {
    for (let x = 0; x < stored.width; x++) {
      const p = (y * stored.width + x) * 3;
      pixels.set(stored.pixels.subarray(p, p + 3), (base + x * stepX + y * stepY) * 3);
    }
  }
  return pictureOf(width, height, pixels);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
