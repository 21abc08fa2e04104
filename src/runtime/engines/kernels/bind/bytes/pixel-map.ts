/**
 * What the bytes of a picture become in an integer stem: normalised, then quantized.
 *
 * @module
 */
import { roundHalfEven } from "../../../../rounding.ts";
import type { ImageTensor } from "../../../engine.ts";
import { PIXEL_MAP_PERIOD as PERIOD, PIXEL_MAP_BYTES } from "../../module/input-q8.ts";
import { type Quantization, quantizeValue } from "../../quantization.ts";

const CHANNELS = 3;

/** A map as `pixelRowsQ8` takes it. */
export interface PixelMap {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether factors and offsets give what the tables do, for every byte. */
  readonly affine: boolean;
}

/** Makes the map of a picture: exact tables of 256 bytes a channel, and a line through them. */
export function pixelMap({ scale, mean, std }: ImageTensor, to: Quantization): PixelMap {
  const bytes = new Uint8Array(PIXEL_MAP_BYTES);
  const floats = new Float32Array(bytes.buffer, 0, 2 * PERIOD);
  const tables = bytes.subarray(4 * 2 * PERIOD);
  let affine = true;
  for (let channel = 0; channel < CHANNELS; channel++) {
    const [middle = 0, deviation = 1] = [mean[channel], std[channel]];
    const factor = Math.fround(scale / (deviation * to.scale));
    const offset = Math.fround(-middle / (deviation * to.scale));
    for (let i = channel; i < PERIOD; i += CHANNELS) {
      floats[i] = factor;
      floats[PERIOD + i] = offset;
    }
    for (let byte = 0; byte < 256; byte++) {
      const exact = quantizeValue((byte * scale - middle) / deviation, to);
      tables[channel * 256 + byte] = exact;
      affine &&= onLine(byte, factor, offset, to.zero) === exact;
    }
  }
  return { bytes, affine };
}

/** The last map, for as long as pictures are normalised alike. */
export function rememberedPixelMap(to: Quantization): (image: ImageTensor) => PixelMap {
  let known = "";
  let map: PixelMap | undefined;
  return (image) => {
    const asked = [image.scale, ...image.mean, ...image.std].join();
    if (!map || asked !== known) map = pixelMap(image, to);
    known = asked;
    return map;
  };
}

/** What the kernel makes of a byte: each step in single precision. */
function onLine(byte: number, factor: number, offset: number, zero: number): number {
  const steps = Math.fround(Math.fround(byte * factor) + offset);
  return Math.min(255, Math.max(0, roundHalfEven(steps) + zero));
}
