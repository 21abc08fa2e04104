import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeJpeg } from "../../../../src/codecs/jpeg/index.ts";
import { CodecError, type DecodeOptions, type Image, type Region } from "../../../../src/codecs/types.ts";
import { expectSamePixels } from "../same-pixels.ts";
import corpus from "./fixtures/corpus.json" with { type: "json" };
import { type Mutant, mutant } from "./mutations.ts";
import { bytesOf, collector, NO_LIMITS } from "./support.ts";

/** Where a region's edges lie, modulo the picture's sides: anywhere, but often between blocks, where the neighbours are left out. */
const edge = fc.oneof(
  fc.nat({ max: 80 }),
  fc.nat({ max: 10 }).map((blocks) => 8 * blocks),
);
const edges = fc.tuple(edge, edge, edge, edge);
type Edges = readonly [number, number, number, number];

const sound: fc.Arbitrary<Mutant> = fc.record({
  bytes: fc.constantFrom(...corpus).map(({ jpeg }) => bytesOf(jpeg)),
  options: fc
    .constantFrom(1, 8, 25, 1000)
    .map((side): DecodeOptions => ({ ...NO_LIMITS, minSize: { width: side, height: side } })),
});

it("gives the pixels of the whole picture, whatever part is asked for", () => {
  fc.assert(fc.property(sound, edges, expectSamePart), { numRuns: 1500 });
});

it("gives them of damaged files, too, with the same warnings and errors", () => {
  fc.assert(fc.property(mutant, edges, expectSamePart), { numRuns: 1500 });
});

function expectSamePart({ bytes, options }: Mutant, edges: Edges): void {
  const whole = decode(bytes, options);
  const part = decode(bytes, options, (width, height) => regionOf(width, height, edges));
  expect(part.outcome).toEqual(whole.outcome);
  const { width, height } = whole.image;
  if (width === 0) return;
  const region = regionOf(width, height, edges);
  expectSamePixels(pixelsIn(region, part.image), pixelsIn(region, whole.image));
}

/** At least one pixel. */
function regionOf(width: number, height: number, [a, b, c, d]: Edges): Region {
  const [left, right] = [a % width, b % width].sort((one, other) => one - other);
  const [top, bottom] = [c % height, d % height].sort((one, other) => one - other);
  return { left, right: Math.max(left + 1, right), top, bottom: Math.max(top + 1, bottom) };
}

/** Decodes, as far as it goes, and tells the warnings or the error. */
function decode(
  bytes: Uint8Array,
  options: DecodeOptions,
  ask?: (width: number, height: number) => Region,
): { image: Image; outcome: unknown } {
  const { sink, image } = collector();
  const region = ask && (() => ask(image().width, image().height));
  try {
    const { warnings } = decodeJpeg(bytes, options, { ...sink, ...(region && { region }) });
    return { image: image(), outcome: warnings };
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return { image: image(), outcome: String(error) };
  }
}

function pixelsIn({ left, right, top, bottom }: Region, { width, pixels }: Image): Uint8Array {
  const rowBytes = 3 * (right - left);
  const part = new Uint8Array(rowBytes * (bottom - top));
  for (let y = top; y < bottom; y++) {
    part.set(pixels.subarray(3 * (y * width + left), 3 * (y * width + right)), (y - top) * rowBytes);
  }
  return part;
}
