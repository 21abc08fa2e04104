/**
 * Pictures for the tests of the preprocessing, as PNG files.
 *
 * @module
 */
import { DEFAULT_LIMITS, type ImageHeader, type Orientation, readHeader } from "../../../src/codecs/index.ts";
import type { Preprocess } from "../../../src/runtime/card.ts";
import type { PictureTensor } from "../../../src/runtime/engines/engine.ts";
import { toPlanes } from "../../../src/runtime/engines/rows.ts";
import { type Prepared, type PreprocessOptions, preprocess } from "../../../src/runtime/preprocess/index.ts";
import { makePng } from "../codecs/png/make-png.ts";
import { makeSamples } from "../codecs/png/samples.ts";

/** ImageNet's normalisation, as the presets use it. */
export const IMAGENET = {
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} satisfies Partial<Preprocess>;

/** A random picture. */
export function makePicture(width: number, height: number, seed: number): Uint8Array {
  return makePng(makeSamples([2, 8], width, height, seed));
}

/** A picture of given pixels. */
export function pictureOf(width: number, height: number, rgb: Uint8Array): Uint8Array {
  return makePng({ width, height, colorType: 2, bitDepth: 8, values: rgb });
}

/** Prepares a file, as if its header said `orientation`. */
export function prepareAs(
  file: Uint8Array,
  spec: Preprocess,
  orientation: Orientation = 1,
  options: Partial<PreprocessOptions> = {},
): Promise<Prepared> {
  const header: ImageHeader = { ...readHeader(file, DEFAULT_LIMITS), orientation };
  return preprocess(file, header, spec, { limits: DEFAULT_LIMITS, ...options });
}

/** The bytes of an input that must be bytes. */
export function pixelsOf(input: PictureTensor): Uint8Array {
  if (!("pixels" in input)) throw new Error("expected bytes");
  return input.pixels;
}

/** The floats of an input that must be floats; of one that is made by rows, `[3, H, W]`. */
export function floatsOf(input: PictureTensor): Float32Array {
  if ("row" in input) return toPlanes(input).data;
  if (!("data" in input)) throw new Error("expected floats");
  return input.data;
}
