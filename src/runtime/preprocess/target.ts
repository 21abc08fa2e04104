/**
 * Where finished rows go: into the layout that an engine asks for, turned upright on the way.
 *
 * @module
 */
import type { Placement } from "../../codecs/orient.ts";

/** The layouts of a picture: 8-bit `[H, W, 3]`; floats, scaled and normalised: made by rows `[W, 3]` when they are asked for, `[3, H, W]` or `[H, W, 3]`. */
export type Layout = "bytes" | "rows" | "nchw" | "nhwc";

/** Takes rows of RGB, three values a pixel on the scale 0..255, in stored orientation. */
export type WriteRow = (y: number, rgb: Uint8Array | Float32Array) => void;

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
    if (step === 3) {
      pixels.set(rgb, q);
      return;
    }
    for (let p = 0; p < rgb.length; p += 3, q += step) {
      pixels[q] = rgb[p];
      pixels[q + 1] = rgb[p + 1];
      pixels[q + 2] = rgb[p + 2];
    }
  };
}

/** Distances in a float buffer: between a pixel's channels (`H * W` for planes, 1 interleaved), between pixels (1, 3). */
export interface Strides {
  readonly channel: number;
  readonly pixel: number;
}

/** Writes normalised floats. */
export function writeFloats(
  values: Float32Array,
  placement: Placement,
  strides: Strides,
  normalization: Normalization,
): WriteRow {
  const { factors, offsets } = affineOf(normalization);
  const [a0, a1, a2] = factors;
  const [b0, b1, b2] = offsets;
  const { channel, pixel } = strides;
  const step = placement.stepX * pixel;
  return (y, rgb) => {
    let q = (placement.base + y * placement.stepY) * pixel;
    for (let p = 0; p < rgb.length; p += 3, q += step) {
      values[q] = rgb[p] * a0 + b0;
      values[q + channel] = rgb[p + 1] * a1 + b1;
      values[q + 2 * channel] = rgb[p + 2] * a2 + b2;
    }
  };
}

/** Fills a float buffer with what black becomes. */
export function fillWithBlack(values: Float32Array, strides: Strides, normalization: Normalization): void {
  affineOf(normalization).offsets.forEach((black, c) => {
    for (let i = 0, q = c * strides.channel; i < values.length / 3; i++, q += strides.pixel)
      values[q] = black;
  });
}

/** The same as `byte * factors[c] + offsets[c]`. */
export function affineOf({ scale, mean, std }: Normalization): {
  readonly factors: readonly number[];
  readonly offsets: readonly number[];
} {
  return {
    factors: std.map((deviation) => scale / deviation),
    // Not -mean: that would make a negative zero of a mean of 0.
    offsets: std.map((deviation, c) => (0 - mean[c]) / deviation),
  };
}
