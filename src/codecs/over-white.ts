/**
 * Transparency over white, for all formats that have it.
 *
 * @module
 */

/**
 * One 8-bit channel over white: `round(c · a / 255 + 255 · (1 - a / 255))`.
 *
 * The rounding division by 255 is Pillow's `DIV255` (libImaging/ImagingUtils.h), so this equals pasting the picture on a white one
 * with its own alpha as the mask.
 */
export function overWhite(channel: number, alpha: number): number {
  const t = channel * alpha + 255 * (255 - alpha) + 128;
  return ((t >> 8) + t) >> 8;
}

/** A row of 8-bit RGBA over white. @param rgb takes `rgba.length / 4 * 3` bytes */
export function rgbaRowOverWhite(rgba: Uint8Array | Uint8ClampedArray, rgb: Uint8Array): void {
  for (let p = 0, q = 0; p + 3 < rgba.length; p += 4, q += 3) {
    const alpha = rgba[p + 3];
    if (alpha === 255) {
      rgb[q] = rgba[p];
      rgb[q + 1] = rgba[p + 1];
      rgb[q + 2] = rgba[p + 2];
    } else {
      rgb[q] = overWhite(rgba[p], alpha);
      rgb[q + 1] = overWhite(rgba[p + 1], alpha);
      rgb[q + 2] = overWhite(rgba[p + 2], alpha);
    }
  }
}
