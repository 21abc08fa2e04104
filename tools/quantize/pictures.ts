/**
 * Calibration pictures: a folder's photos, and as many crops of them as are needed.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { DEFAULT_LIMITS, decode, readHeader } from "../../src/codecs/index.ts";
import { CodecError, type Image } from "../../src/codecs/types.ts";
import { createRandom, type Random } from "../fuzz/random.ts";
import { UserError } from "../user-error.ts";
import { encodeBmp } from "./bmp.ts";

/** Photos below this number say little of what a network will be shown. */
export const FEW_PHOTOS = 100;

const EXTENSIONS = /\.(jpe?g|png|webp|gif|bmp)$/i;

/** A crop takes at least this part of each side. */
const LEAST_PART = 0.4;

/** Paths of the pictures in a folder, in the order of their names. @throws {UserError} when there is no such folder, or no picture in it. */
export async function listPhotos(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new UserError(
      `Cannot read the folder of calibration pictures ${folder}: ${(error as Error).message}`,
    );
  }
  const photos = names.filter((name) => EXTENSIONS.test(name)).sort();
  if (photos.length === 0) {
    throw new UserError(`${folder} holds no pictures (.jpg, .png, .webp, .gif or .bmp) to calibrate with.`);
  }
  return photos.map((name) => path.join(folder, name));
}

/**
 * The given number of picture files: every photo as it is, then mirrored, then crops of any place and size, mirrored or not. The same every time.
 *
 * @throws {UserError} naming a picture that cannot be decoded
 */
export async function makePictures(photos: readonly string[], count: number): Promise<Uint8Array[]> {
  // A folder of more photos than needed gives every n-th.
  const stride = Math.max(1, photos.length / count);
  const used = Math.min(photos.length, count);
  const pictures: Uint8Array[] = new Array(count);
  for (let first = 0; first < used; first++) {
    const file = photos[Math.floor(first * stride)];
    const bytes = await readFile(file);
    try {
      readHeader(bytes, DEFAULT_LIMITS);
      pictures[first] = bytes;
      if (first + used >= count) continue;
      const photo = await decode(bytes, DEFAULT_LIMITS);
      for (let i = first + used; i < count; i += used) {
        const random = createRandom(i);
        const isWhole = i < 2 * used;
        const part = isWhole ? whole(photo) : place(photo, random);
        pictures[i] = encodeBmp(crop(photo, part, isWhole || random.int(2) === 1));
      }
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new UserError(`Cannot calibrate with ${file}: ${error.message}`);
    }
  }
  return pictures;
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const whole = ({ width, height }: Image): Place => ({ left: 0, top: 0, width, height });

function place(photo: Image, random: Random): Place {
  const part = (side: number) => {
    const least = Math.ceil(side * LEAST_PART);
    return least + random.int(side - least + 1);
  };
  const width = part(photo.width);
  const height = part(photo.height);
  const left = random.int(photo.width - width + 1);
  return { left, top: random.int(photo.height - height + 1), width, height };
}

function crop(photo: Image, { left, top, width, height }: Place, mirrored: boolean): Image {
  const pixels = new Uint8Array(width * height * 3);
  const step = mirrored ? -3 : 3;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = ((top + y) * photo.width + left + (mirrored ? width - 1 : 0)) * 3;
    for (let x = 0; x < width; x++, from += step) {
      pixels[to++] = photo.pixels[from];
      pixels[to++] = photo.pixels[from + 1];
      pixels[to++] = photo.pixels[from + 2];
    }
  }
  return { width, height, pixels };
}
