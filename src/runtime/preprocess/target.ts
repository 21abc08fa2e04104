/**
 * Where finished rows go: into the layout that an engine asks for, turned upright on the way.
 *
 * @module
 */
import type { Placement } from "../../codecs/orient.ts";

/** The layouts of a picture: 8-bit `[H, W, 3]`; floats `[3, H, W]` or `[H, W, 3]`, scaled and normalised. */
export type Layout = "bytes" | "nchw" | "nhwc";

/** Takes rows of RGB, three values a pixel on the scale 0..255, in stored orientation. */
export type WriteRow = (y: number, rgb: Uint8ClampedArray | Float32Array) => void;

/** How 8-bit RGB becomes floats: `(byte * scale - mean[c]) / std[c]`. */
export interface Normalization {
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Writes 8-bit interleaved RGB. Rows must hold whole numbers. */
export function writeBytes(pixels: Uint8Array, placement: Placement): WriteRow {
  const step = placement.stepX * 3;
  return (y, rgb) => {
    let q = (placement.base + y * placement.stepY) * 3;
    for (let p = 0; p < rgb.length; p += 3, q += step) {
      pixels[q] = rgb[p];
      pixels[q + 1] = rgb[p + 1];
      pixels[q + 2] = rgb[p + 2];
    }
  };
}

/**
 * Writes normalised floats.
 *
 * @param channelStride distance between a pixel's channels: `H * W` for planes, 1 for interleaved
 * @param pixelStride distance between pixels: 1 for planes, 3 for interleaved
 */
export function writeFloats(
  values: Float32Array,
  placement: Placement,
  channelStride: number,
  pixelStride: number,
  normalization: Normalization,
): WriteRow {
  const [a0, a1, a2] = normalization.std.map((std) => normalization.scale / std);
  const [b0, b1, b2] = normalization.std.map((std, c) => -normalization.mean[c] / std);
  const step = placement.stepX * pixelStride;
  return (y, rgb) => {
    let q = (placement.base + y * placement.stepY) * pixelStride;
    for (let p = 0; p < rgb.length; p += 3, q += step) {
      values[q] = rgb[p] * a0 + b0;
      values[q + channelStride] = rgb[p + 1] * a1 + b1;
      values[q + 2 * channelStride] = rgb[p + 2] * a2 + b2;
    }
  };
}
