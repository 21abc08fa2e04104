/**
 * Decodes a photo with each decoder in turns, in whatever runtime this is run.
 *
 * @module
 */
import decodeMozjpeg, { init } from "@jsquash/jpeg/decode.js";
import jpegJs from "jpeg-js";
import { decodeJpeg } from "../../src/codecs/jpeg/index.ts";

/** The shorter side that a network of 224 pixels asks for (torchvision's preset: resize to 256, crop 224). */
const SHORTER_SIDE = 256;

/** Nothing here is about limits. */
const LIMITS = { maxBytes: 1e9, maxPixels: 1e9, maxSide: 65_535, maxDecodeBytes: 1e9 };

/** Milliseconds a decode, one a round, of each decoder. */
export interface Times {
  readonly ours: number[];
  readonly jpegJs: number[];
  readonly mozjpeg: number[];
}

/**
 * Times the decoders, ours down to the scale that is needed, the others as far as they can: to full size. What they would
 * need then, to resize it, is left out.
 *
 * @param mozjpeg - the module of `@jsquash/jpeg`'s decoder
 * @param repeats - decodes a measurement: clocks are coarse
 */
export async function contest(
  photo: Uint8Array<ArrayBuffer>,
  mozjpeg: WebAssembly.Module,
  rounds: number,
  repeats: number,
): Promise<Times> {
  await init(mozjpeg);
  const times: Times = { ours: [], jpegJs: [], mozjpeg: [] };
  // The first round warms.
  for (let round = 0; round <= rounds; round++) {
    const ours = await time(repeats, () => decodeOurs(photo));
    const theirs = await time(repeats, () => decodeJpegJs(photo));
    const wasm = await time(repeats, () => decodeMozjpeg(photo.buffer));
    if (round === 0) continue;
    times.ours.push(ours);
    times.jpegJs.push(theirs);
    times.mozjpeg.push(wasm);
  }
  return times;
}

async function time(repeats: number, decode: () => unknown): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await decode();
  return (performance.now() - start) / repeats;
}

function decodeOurs(photo: Uint8Array): void {
  const minSize = { width: SHORTER_SIDE, height: SHORTER_SIDE };
  decodeJpeg(photo, { limits: LIMITS, minSize }, { begin() {}, row() {}, end() {} });
}

function decodeJpegJs(photo: Uint8Array): void {
  jpegJs.decode(photo, {
    useTArray: true,
    formatAsRGBA: false,
    maxMemoryUsageInMB: 8192,
    maxResolutionInMP: 200,
  });
}
