/**
 * Random PNG pictures of every kind.
 *
 * @module
 */
import fc from "fast-check";
import { CHANNELS, KINDS, type PngParts, type Samples } from "./make-png.ts";

/** Values that look like a picture, and repeat: a linear congruential generator (Numerical Recipes) over a gradient. */
export function makeSamples(
  [colorType, bitDepth]: readonly [number, number],
  width: number,
  height: number,
  seed: number,
): Samples {
  const count = width * height * CHANNELS[colorType];
  const values = new Uint16Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = ((i * 700 + (state >>> 18)) & 0xffff) >> (16 - bitDepth);
  }
  return { width, height, colorType, bitDepth, values };
}

/** A palette of all the entries that a depth can name. */
export function makePalette(bitDepth: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: 3 << bitDepth }, (_, i) => (i * 37 + seed * 11 + ((i * i) >> 3)) & 255);
}

/** Any picture of up to 40 by 40 pixels, any filters, interlaced or not, in any number of IDAT chunks. */
export const anyPng: fc.Arbitrary<{ samples: Samples; parts: PngParts }> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    seed: fc.integer(),
    interlaced: fc.boolean(),
    filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
    idatBytes: fc.integer({ min: 1, max: 2000 }),
    transparent: fc.boolean(),
  })
  .map(({ kind, width, height, seed, transparent, ...parts }) => {
    const samples = makeSamples(kind, width, height, seed);
    return { samples, parts: { ...parts, before: ancillary(samples, seed, transparent) } };
  });

/** PLTE and tRNS as the colour type allows. */
export function ancillary(samples: Samples, seed: number, transparent: boolean): [string, Uint8Array][] {
  const { colorType, bitDepth, values } = samples;
  const chunks: [string, Uint8Array][] = [];
  if (colorType === 3) chunks.push(["PLTE", makePalette(bitDepth, seed)]);
  if (!transparent || colorType > 3) return chunks;
  if (colorType === 3) {
    const alphas = Uint8Array.from({ length: Math.min(1 << bitDepth, 100) }, (_, i) => (i * 29 + seed) & 255);
    chunks.push(["tRNS", alphas]);
  } else {
    const key = Array.from({ length: CHANNELS[colorType] }, (_, c) => values[c]);
    chunks.push(["tRNS", Uint8Array.from(key.flatMap((value) => [value >> 8, value & 255]))]);
  }
  return chunks;
}
