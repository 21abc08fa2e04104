/**
 * Makes the PNG files that are decoded: the sample photo enlarged and mirrored until it fills the picture, with a little noise.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { encodePng } from "../../src/codecs/encode/png.ts";
import { DEFAULT_LIMITS, decode, type Image } from "../../src/codecs/index.ts";
import { ROOT } from "../../tools/models/paths.ts";

/** A picture to decode. */
export interface PictureKind {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** What is measured, smallest first. */
export const PICTURES: readonly PictureKind[] = [
  { name: "2 MP", width: 1632, height: 1224 },
  { name: "12 MP", width: 4000, height: 3000 },
  { name: "48 MP", width: 8000, height: 6000 },
];

/** How much the sample is enlarged: whole pixels, so that files stay below the 20 MB that a service takes by default. */
const ENLARGEMENT = 8;

/** One pixel in this many has noise of one level: as in a drawing or a screenshot, deflate finds most of its matches. */
const NOISE_EVERY = 37;

/** Makes a picture's PNG file: 8-bit RGB, not interlaced, filtered by Paeth. The same every time. */
export async function makePicture({ width, height }: PictureKind): Promise<Uint8Array> {
  const sample = await decode(
    new Uint8Array(await readFile(path.join(ROOT, "public/samples/astronaut.jpg"))),
    DEFAULT_LIMITS,
  );
  return encodePng({ width, height, color: "rgb", row: (y, into) => paintRow(sample, y, into) });
}

function paintRow(sample: Image, y: number, into: Uint8Array): void {
  const row = mirrored(y, sample.height) * sample.width;
  for (let x = 0, q = 0; q < into.length; x++, q += 3) {
    const p = (row + mirrored(x, sample.width)) * 3;
    const noise = (Math.imul(x + 7, y + 13) ^ (x >> 2)) % NOISE_EVERY === 0 ? 1 : 0;
    for (let c = 0; c < 3; c++) into[q + c] = sample.pixels[p + c] ^ noise;
  }
}

function mirrored(position: number, size: number): number {
  const at = Math.floor(position / ENLARGEMENT) % (2 * size);
  return at < size ? at : 2 * size - 1 - at;
}
