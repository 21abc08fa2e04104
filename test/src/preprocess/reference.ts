/**
 * Pillow's antialiased bilinear resize, written as plainly as can be: whole pictures, one pixel at a time.
 *
 * @module
 */
import type { Image } from "../../../src/codecs/types.ts";

/** Resizes, horizontally first, rounding to 8 bits between the passes. */
export function resizeLikePillow(image: Image, width: number, height: number): Image {
  return resizeColumns(transpose(resizeColumns(image, width)), height, true);
}

function resizeColumns(image: Image, width: number, turnBack = false): Image {
  const pixels = new Uint8Array(width * image.height * 3);
  const scale = image.width / width;
  const support = Math.max(1, scale);
  for (let x = 0; x < width; x++) {
    const center = (x + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const to = Math.min(image.width, Math.trunc(center + support + 0.5));
    const exact = Array.from({ length: to - from }, (_, t) =>
      Math.max(0, 1 - Math.abs((t + from - center + 0.5) * (1 / support))),
    );
    const sum = exact.reduce((a, b) => a + b, 0);
    const weights = exact.map((weight) => Math.trunc(0.5 + (weight / sum) * 2 ** 22));
    for (let y = 0; y < image.height; y++) {
      for (let c = 0; c < 3; c++) {
        let total = 2 ** 21;
        weights.forEach((weight, t) => {
          total += weight * image.pixels[(y * image.width + from + t) * 3 + c];
        });
        pixels[(y * width + x) * 3 + c] = Math.min(255, Math.floor(total / 2 ** 22));
      }
    }
  }
  const resized = { width, height: image.height, pixels };
  return turnBack ? transpose(resized) : resized;
}

/** Rows become columns. */
export function transpose({ width, height, pixels }: Image): Image {
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      turned.set(pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), (x * height + y) * 3);
    }
  }
  return { width: height, height: width, pixels: turned };
}
