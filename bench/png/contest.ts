/**
 * Decodes a PNG file with each decoder in turns, in whatever runtime this is run.
 *
 * @module
 */
import UPNG from "upng-js";
import { DEFAULT_LIMITS, readHeader } from "../../src/codecs/index.ts";
import { preprocess } from "../../src/runtime/preprocess/index.ts";

/** Nothing here is about limits. */
const LIMITS = { ...DEFAULT_LIMITS, maxBytes: 1e9 };

/** Milliseconds, one a round, of each decoder. */
export interface Times {
  readonly ours: number[];
  readonly upng: number[];
}

/** Times ours, resizing for a network of 224 pixels included, and upng-js, which makes RGBA of the whole picture. */
export async function contest(file: Uint8Array, rounds: number): Promise<Times> {
  const times: Times = { ours: [], upng: [] };
  const buffer = file.slice().buffer;
  // The first round warms.
  for (let round = 0; round <= rounds; round++) {
    const ours = await time(() => prepare(file));
    const upng = await time(() => UPNG.toRGBA8(UPNG.decode(buffer)));
    if (round === 0) continue;
    times.ours.push(ours);
    times.upng.push(upng);
  }
  return times;
}

/** torchvision's classification preset. */
export function prepare(file: Uint8Array): Promise<unknown> {
  const mean = [0, 0, 0] as [number, number, number];
  const std = [1, 1, 1] as [number, number, number];
  return preprocess(
    file,
    readHeader(file, LIMITS),
    { kind: "resize_crop", resize: 256, crop: 224, scale: 1, mean, std },
    { limits: LIMITS },
  );
}

async function time(decode: () => unknown): Promise<number> {
  const start = performance.now();
  await decode();
  return performance.now() - start;
}
