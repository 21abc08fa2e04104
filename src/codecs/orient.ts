/**
 * EXIF orientation as arithmetic on positions: where a stored pixel lies in the upright picture. No picture is ever turned as a whole.
 *
 * @module
 */
import { swapsSides } from "./exif.ts";
import type { Image, Orientation, RowSink } from "./types.ts";

/**
 * Where pixels of a stored `width` × `height` picture go in the upright one: pixel (x, y) to index `base + x * stepX + y * stepY`,
 * counted in pixels, row-major.
 */
export interface Placement {
  readonly base: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** How each orientation reads (TIFF 6.0, "Orientation"): quarter turn (transposed) first, then mirrored in the upright axes. */
const MIRRORS: Readonly<Record<Orientation, { readonly x: boolean; readonly y: boolean }>> = {
  1: { x: false, y: false },
  2: { x: true, y: false },
  3: { x: true, y: true },
  4: { x: false, y: true },
  5: { x: false, y: false },
  6: { x: true, y: false },
  7: { x: true, y: true },
  8: { x: false, y: true },
};

/** Which upright axes run against the stored ones: `x` from right to left, `y` from bottom to top. */
export function mirrors(orientation: Orientation): { readonly x: boolean; readonly y: boolean } {
  return MIRRORS[orientation];
}

/**
 * The placement of a stored picture in an upright buffer.
 *
 * @param stride pixels in a row of the buffer
 * @param left column of the buffer at which the upright picture starts
 * @param top row of the buffer at which it starts
 */
export function place(
  orientation: Orientation,
  width: number,
  height: number,
  stride: number,
  left = 0,
  top = 0,
): Placement {
  const swapped = swapsSides(orientation);
  const mirror = mirrors(orientation);
  const uprightWidth = swapped ? height : width;
  const uprightHeight = swapped ? width : height;
  const alongX = mirror.x ? -1 : 1;
  const alongY = mirror.y ? -stride : stride;
  return {
    base: (top + (mirror.y ? uprightHeight - 1 : 0)) * stride + left + (mirror.x ? uprightWidth - 1 : 0),
    stepX: swapped ? alongY : alongX,
    stepY: swapped ? alongX : alongY,
  };
}

/** A sink that keeps the whole picture, upright. `image` may be asked for after the last row. */
export function orientRows(orientation: Orientation): { readonly sink: RowSink; image(): Image } {
  let width = 0;
  let height = 0;
  let pixels: Uint8Array = new Uint8Array(0);
  let placement: Placement = { base: 0, stepX: 1, stepY: 1 };
  const sink: RowSink = {
    begin(storedWidth, storedHeight) {
      [width, height] = swapsSides(orientation) ? [storedHeight, storedWidth] : [storedWidth, storedHeight];
      pixels = new Uint8Array(width * height * 3);
      placement = place(orientation, storedWidth, storedHeight, width);
    },
    row(y, rgb) {
      let q = (placement.base + y * placement.stepY) * 3;
      const step = placement.stepX * 3;
      for (let p = 0; p < rgb.length; p += 3, q += step) {
        pixels[q] = rgb[p];
        pixels[q + 1] = rgb[p + 1];
        pixels[q + 2] = rgb[p + 2];
      }
    },
    end() {},
  };
  return { sink, image: () => ({ width, height, pixels }) };
}
