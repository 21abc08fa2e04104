/** The kernels' loops of resizing against the plain form of Pillow's. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode } from "../../../src/codecs/index.ts";
import { bindKernels, MIN_MEMORY_PAGES } from "../../../src/runtime/engines/kernels/module.ts";
import { MOST_COLUMNS, ROW_LOOPS_BYTES, rowLoopsAt } from "../../../src/runtime/engines/kernels/row-loops.ts";
import type { MakeRowLoops, RowLoops } from "../../../src/runtime/engines/row-loops.ts";
import { makeAxis } from "../../../src/runtime/preprocess/coefficients.ts";
import { makeResampler, type PassOrder } from "../../../src/runtime/preprocess/resample.ts";
import { expectSamePixels } from "../codecs/same-pixels.ts";
import { BUILDS, type BuildName } from "../kernels/sandbox.ts";
import { IMAGENET, makePicture, pixelsOf, prepareAs } from "./pictures.ts";
import { resizeLikePillow, transpose } from "./reference.ts";

/** Where the loops' part of the memory begins. */
const OFFSET = 1024;
const CANARY = 0xcc;

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

describe.each<BuildName>(["relaxed", "simd"])("rows resized by the kernels, %s", (build) => {
  const memory = new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES });
  const loops = rowLoopsAt(bindKernels(BUILDS[build], memory).kernels, memory, OFFSET);
  new Uint8Array(memory.buffer).fill(CANARY);

  function expectUntouched(): void {
    const bytes = new Uint8Array(memory.buffer);
    const beside = [bytes.subarray(0, OFFSET), bytes.subarray(OFFSET + ROW_LOOPS_BYTES)];
    for (const part of beside) expect(part.some((byte) => byte !== CANARY)).toBe(false);
  }

  test("equal Pillow's, to any size in either order of the passes", async () => {
    const side = fc.integer({ min: 1, max: 70 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        side,
        side,
        fc.integer(),
        async (width, height, toWidth, toHeight, seed) => {
          const image = await decode(makePicture(width, height, seed), DEFAULT_LIMITS);
          const expected = resizeLikePillow(image, toWidth, toHeight).pixels;
          expectSamePixels(resize(image, toWidth, toHeight, "horizontal_first", loops), expected);
          const across = resize(transpose(image), toHeight, toWidth, "vertical_first", loops);
          expectSamePixels(transpose({ width: toHeight, height: toWidth, pixels: across }).pixels, expected);
        },
      ),
      { numRuns: 150 },
    );
    expectUntouched();
  });

  test.each([
    [MOST_COLUMNS, MOST_COLUMNS],
    [MOST_COLUMNS, MOST_COLUMNS / 2],
    [3, MOST_COLUMNS],
  ])("stay in their memory, from %i to %i columns", async (width, toWidth) => {
    const image = await decode(makePicture(width, 5, width), DEFAULT_LIMITS);
    for (const order of ["horizontal_first", "vertical_first"] as const) {
      expectSamePixels(
        resize(image, toWidth, 3, order, loops),
        resize(image, toWidth, 3, order, () => undefined),
      );
    }
    expectUntouched();
  });

  test("are left to JavaScript where rows are longer", () => {
    expect(loops(MOST_COLUMNS + 1)).toBeUndefined();
  });

  test("refuse a picture that another one has followed, and a memory that has grown meanwhile", () => {
    const rows = [0, 1, 2, 3].map(() => new Uint8Array(12));
    const combineWith = (own: RowLoops) => own.combine(rows, new Int32Array(4), new Uint8Array(12));
    const [first, second] = [loops(4), loops(4)] as [RowLoops, RowLoops];
    expect(() => combineWith(first)).toThrow("serve another picture");
    memory.grow(1);
    new Uint8Array(memory.buffer).fill(CANARY);
    expect(() => combineWith(second)).toThrow("another model was opened");
  });

  test("go on in a memory that has grown, and serve whole preparations", async () => {
    memory.grow(1);
    new Uint8Array(memory.buffer).fill(CANARY);
    const file = makePicture(300, 200, 1);
    const spec = { kind: "resize_crop", resize: 128, crop: 112, ...IMAGENET } as const;
    for (const orientation of [1, 3, 6, 8] as const) {
      const expected = await prepareAs(file, spec, orientation);
      const actual = await prepareAs(file, spec, orientation, { rowLoops: loops });
      expectSamePixels(pixelsOf(actual.input), pixelsOf(expected.input));
    }
    expectUntouched();
  });
});

function resize(
  image: Picture,
  width: number,
  height: number,
  order: PassOrder,
  loops: MakeRowLoops,
): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  const push = makeResampler(
    makeAxis({ inSize: image.width, outSize: width }),
    makeAxis({ inSize: image.height, outSize: height }),
    order,
    (y, row) => out.set(row, y * width * 3),
    loops(Math.max(image.width, width)),
  );
  for (let y = 0; y < image.height; y++) {
    push(y, image.pixels.subarray(y * image.width * 3, (y + 1) * image.width * 3));
  }
  return out;
}
