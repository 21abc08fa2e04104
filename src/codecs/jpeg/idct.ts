/**
 * From coefficients to samples, at any scale.
 *
 * @module
 */
import { idct2, idct4 } from "./idct-reduced.ts";
import { idct8 } from "./idct8.ts";
import type { DctSize } from "./scale.ts";

/**
 * Transforms a block and zeroes it.
 *
 * @param block - 64 dequantized coefficients in natural order
 * @param last - index of the last that may be non-zero, in zigzag order
 * @param size - samples a side
 * @param out - where the samples go
 * @param at - offset of the first
 * @param stride - offset between rows
 */
export function transform(
  block: Int16Array,
  last: number,
  size: DctSize,
  out: Uint8ClampedArray,
  at: number,
  stride: number,
): void {
  if (size === 1) {
    out[at] = transformDc(block[0]);
    block[0] = 0;
    return;
  }
  if (last === 0) {
    const value = ((block[0] + 4) >> 3) + 128;
    block[0] = 0;
    for (let y = 0; y < size; y++, at += stride) {
      for (let x = 0; x < size; x++) out[at + x] = value;
    }
    return;
  }
  if (size === 8) idct8(block, out, at, stride);
  else if (size === 4) idct4(block, out, at, stride);
  else idct2(block, out, at, stride);
  block.fill(0);
}

/**
 * A block's mean, of its dequantized DC (`jpeg_idct_1x1` in jidctred.c).
 *
 * @returns it, to be clamped to 0 to 255. Of absurd values libjpeg looks at ten bits only, so a sample can be too
 */
export function transformDc(dc: number): number {
  return ((((dc + 4) >> 3) << 22) >> 22) + 128;
}
