/**
 * Makes the photos that are decoded: nobody has a 48-megapixel photo in a repository.
 *
 * They are the sample photo, enlarged threefold and mirrored until it fills the picture, with the noise of a sensor: about
 * 2.2 bits a pixel, like a phone's.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import encode, { init } from "@jsquash/jpeg/encode.js";
import { decodeJpeg } from "../../src/codecs/jpeg/index.ts";
import { DEFAULT_LIMITS } from "../../src/codecs/limits.ts";
import { ROOT } from "../../tools/models/paths.ts";

/** A photo to decode. */
export interface PhotoKind {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly progressive: boolean;
  /** Our time over jpeg-js's: what issue and README promise. */
  readonly target: number;
}

/** What is measured, smallest first. */
export const PHOTOS: readonly PhotoKind[] = [
  { name: "640x480", width: 640, height: 480, progressive: false, target: 0.8 },
  { name: "2 MP", width: 1632, height: 1224, progressive: false, target: 0.45 },
  { name: "12 MP", width: 4000, height: 3000, progressive: false, target: 0.25 },
  { name: "12 MP progressive", width: 4000, height: 3000, progressive: true, target: 0.45 },
  { name: "48 MP", width: 8000, height: 6000, progressive: false, target: 0.25 },
];

/** How much the sample is enlarged, so that detail is as coarse as in photos of that size. */
const ENLARGEMENT = 3;

/** Of the encoder: 4:2:0 with the tables of T.81's annex K, as cameras do. */
const ENCODER = { quality: 92, quant_table: 0, auto_subsample: false, chroma_subsample: 2 };

interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Makes a photo's JPEG file. The same every time. */
export async function makePhoto(kind: PhotoKind): Promise<Uint8Array<ArrayBuffer>> {
  const codec = path.join(ROOT, "node_modules/@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm");
  await init(await WebAssembly.compile(await readFile(codec)));
  const { width, height, progressive } = kind;
  const data = enlarge(await readSample(), width, height);
  const picture = { data, width, height, colorSpace: "srgb" } as ImageData;
  const file = await encode(picture, { ...ENCODER, progressive, baseline: !progressive });
  return new Uint8Array(file);
}

async function readSample(): Promise<Rgb> {
  const bytes = new Uint8Array(await readFile(path.join(ROOT, "public/samples/astronaut.jpg")));
  let sample: Rgb = { width: 0, height: 0, pixels: new Uint8Array(0) };
  decodeJpeg(
    bytes,
    { limits: DEFAULT_LIMITS },
    {
      begin(width, height) {
        sample = { width, height, pixels: new Uint8Array(3 * width * height) };
      },
      row(y, rgb) {
        sample.pixels.set(rgb, 3 * y * sample.width);
      },
      end() {},
    },
  );
  return sample;
}

/** RGBA of the picture. */
function enlarge(sample: Rgb, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * width * height).fill(255);
  const noise = noiseRow(width + 7);
  for (let y = 0, to = 0; y < height; y++) {
    const [above, below, down] = mirror(y, sample.height);
    // Any other stretch of the noise, so that rows do not repeat.
    const from = (y * 7919) % (noise.length - width);
    for (let x = 0; x < width; x++, to += 4) {
      const [left, right, across] = mirror(x, sample.width);
      for (let channel = 0; channel < 3; channel++) {
        const at = (row: number, column: number) =>
          sample.pixels[3 * (row * sample.width + column) + channel];
        const upper = at(above, left) * (1 - across) + at(above, right) * across;
        const lower = at(below, left) * (1 - across) + at(below, right) * across;
        out[to + channel] = upper * (1 - down) + lower * down + noise[from + x];
      }
    }
  }
  return out;
}

/** Where a pixel lies between two of the sample, which is mirrored at its edges: their indices, and how far it is to the second. */
function mirror(position: number, size: number): [number, number, number] {
  const place = position / ENLARGEMENT;
  const fold = (index: number) => {
    const at = index % (2 * size);
    return at < size ? at : 2 * size - 1 - at;
  };
  const first = Math.floor(place);
  return [fold(first), fold(first + 1), place - first];
}

/** Noise of about seven levels, a little blurred as demosaicing does it; more than a row of it. */
function noiseRow(length: number): Float32Array {
  const noise = new Float32Array(2 * length);
  // A linear congruential generator (Numerical Recipes): the same everywhere.
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  let before = 0;
  for (let i = 0; i < noise.length; i++) {
    const here = 30 * (random() + random() + random()) * 0.5;
    noise[i] = 0.7 * here + 0.3 * before;
    before = here;
  }
  return noise;
}
