import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, decode, readHeader } from "../../../src/codecs/index.ts";
import { sha256 } from "../../../tools/models/digest.ts";
import { encodeBmp } from "../../../tools/quantize/bmp.ts";
import { listPhotos, makePictures } from "../../../tools/quantize/pictures.ts";
import { OWN_PHOTOS } from "../../../tools/quantize/variant.ts";
import { UserError } from "../../../tools/user-error.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "edge-vision-pictures-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("calibration pictures", () => {
  test("are as many as asked for, all different, and the same twice", async () => {
    const photos = await listPhotos(OWN_PHOTOS);
    const pictures = await makePictures(photos, 128);
    const digests = pictures.map(sha256);
    expect(new Set(digests).size).toBe(128);
    expect((await makePictures(photos, 128)).map(sha256)).toEqual(digests);
    for (const picture of pictures) {
      const { width, height } = readHeader(picture, DEFAULT_LIMITS);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(100);
    }
  }, 60_000);

  test("take every n-th of more photos than are needed", async () => {
    const photos = Array.from({ length: 10 }, (_, i) => path.join(folder, `${i}.bmp`));
    const gray = (level: number) => ({ width: 1, height: 1, pixels: new Uint8Array(3).fill(level) });
    for (const [i, file] of photos.entries()) await writeFile(file, encodeBmp(gray(i)));
    const levels = [];
    for (const picture of await makePictures(photos, 5))
      levels.push((await decode(picture, DEFAULT_LIMITS)).pixels[0]);
    expect(levels).toEqual([0, 2, 4, 6, 8]);
  });

  test("a picture that cannot be decoded is named", async () => {
    const file = path.join(folder, "broken.jpg");
    await writeFile(file, "no picture");
    await expect(makePictures([file], 1)).rejects.toThrow(/^Cannot calibrate with .*broken\.jpg: /);
    await expect(makePictures([file], 1)).rejects.toBeInstanceOf(UserError);
  });

  test("a folder that is missing or empty is named", async () => {
    await expect(listPhotos(path.join(folder, "none"))).rejects.toThrow(/Cannot read the folder .*none/);
    await expect(listPhotos(path.join(OWN_PHOTOS, ".."))).rejects.toThrow(/holds no pictures/);
  });
});
