/**
 * A mask drawn over its picture.
 *
 * @module
 */
import type { Image } from "../../codecs/types.ts";
import { segmentsOf } from "../tasks/segmentation/segments.ts";
import type { ClassMask } from "../tasks/segmentation/types.ts";
import { drawTag, measureTag, scaleOf } from "./canvas.ts";
import { type Color, classColor } from "./palette.ts";

/** How much of a class's colour is mixed in; along its border more, so that it can be seen on any ground. */
const OPACITY = 0.5;
const BORDER_OPACITY = 0.9;

/**
 * Tints the classes of a mask into the picture, and names them with their shares top left, the largest first. Class 0, the background, is
 * left as it is.
 *
 * @throws {RangeError} when the mask is not of the picture's size
 */
export function drawMask(image: Image, mask: ClassMask, labels: readonly string[]): void {
  const { width, height, classes } = mask;
  if (width !== image.width || height !== image.height) {
    throw new RangeError(
      `a mask of ${width} by ${height} does not fit a picture of ${image.width} by ${image.height}`,
    );
  }
  const colors = new Map<number, Color>();
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const index = classes[at];
      if (index === 0) continue;
      let color = colors.get(index);
      if (!color) {
        color = classColor(index);
        colors.set(index, color);
      }
      const isBorder =
        (x > 0 && classes[at - 1] !== index) ||
        (x < width - 1 && classes[at + 1] !== index) ||
        (y > 0 && classes[at - width] !== index) ||
        (y < height - 1 && classes[at + width] !== index);
      blend(image.pixels, at * 3, color, isBorder ? BORDER_OPACITY : OPACITY);
    }
  }
  drawLegend(image, mask, labels);
}

function blend(pixels: Uint8Array, at: number, color: Color, opacity: number): void {
  for (let c = 0; c < 3; c++) pixels[at + c] += Math.round((color[c] - pixels[at + c]) * opacity);
}

function drawLegend(image: Image, mask: ClassMask, labels: readonly string[]): void {
  const scale = scaleOf(image);
  let y = 0;
  const named = segmentsOf(mask, labels)
    .filter(({ index }) => index !== 0)
    .sort((a, b) => b.share - a.share);
  for (const { label, index, share } of named) {
    const tag = { text: `${label} ${(share * 100).toFixed(1)}%`, color: classColor(index) };
    drawTag(image, 0, y, tag, scale);
    y += measureTag(tag, scale).height;
  }
}
