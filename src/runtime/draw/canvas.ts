/**
 * Rectangles and text on a picture. Everything draws into the picture's own pixels and is clipped to it.
 *
 * @module
 */
import type { Image } from "../../codecs/types.ts";
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows } from "./font.ts";
import type { Color } from "./palette.ts";

/** Fills the pixels from (`xmin`, `ymin`) up to, not including, (`xmax`, `ymax`). Coordinates are rounded. */
export function fillRectangle(
  image: Image,
  xmin: number,
  ymin: number,
  xmax: number,
  ymax: number,
  color: Color,
): void {
  const left = Math.max(0, Math.round(xmin));
  const right = Math.min(image.width, Math.round(xmax));
  const bottom = Math.min(image.height, Math.round(ymax));
  for (let y = Math.max(0, Math.round(ymin)); y < bottom; y++) {
    for (let x = left; x < right; x++) image.pixels.set(color, (y * image.width + x) * 3);
  }
}

/** Width and height of a line of text. */
export function measureText(text: string, scale: number): { width: number; height: number } {
  const characters = Array.from(text).length;
  return { width: Math.max(0, characters * (GLYPH_WIDTH + 1) - 1) * scale, height: GLYPH_HEIGHT * scale };
}

/** Writes a line of text with its top left corner at (`x`, `y`); each of the font's pixels becomes a square of side `scale`. */
export function drawText(
  image: Image,
  x: number,
  y: number,
  text: string,
  scale: number,
  color: Color,
): void {
  Array.from(text).forEach((character, i) => {
    const left = x + i * (GLYPH_WIDTH + 1) * scale;
    glyphRows(character).forEach((bits, row) => {
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        if (!((bits >> (GLYPH_WIDTH - 1 - column)) & 1)) continue;
        const dotX = left + column * scale;
        const dotY = y + row * scale;
        fillRectangle(image, dotX, dotY, dotX + scale, dotY + scale, color);
      }
    });
  });
}

/** Height of a picture's shorter side for each pixel of the font: a label of a 480-pixel picture is 14 pixels high. */
const PIXELS_PER_DOT = 240;

/** The size of text, and the thickness of lines, that suits a picture. */
export function scaleOf({ width, height }: Image): number {
  return Math.max(1, Math.round(Math.min(width, height) / PIXELS_PER_DOT));
}

/** Text in a filled box, in black or white, whichever can be read on it. */
export interface Tag {
  readonly text: string;
  readonly color: Color;
}

/** Space around a tag's text, in pixels of the font. */
const PADDING = 2;

/** Size of a tag. */
export function measureTag({ text }: Tag, scale: number): { width: number; height: number } {
  const { width, height } = measureText(text, scale);
  return { width: width + 2 * PADDING * scale, height: height + 2 * PADDING * scale };
}

/** Draws a tag with its top left corner at (`x`, `y`). */
export function drawTag(image: Image, x: number, y: number, tag: Tag, scale: number): void {
  const { width, height } = measureTag(tag, scale);
  fillRectangle(image, x, y, x + width, y + height, tag.color);
  drawText(image, x + PADDING * scale, y + PADDING * scale, tag.text, scale, readableOn(tag.color));
}

/** Rec. 601 luma, as JPEG has it; bright from the middle of the range on. */
function readableOn([red, green, blue]: Color): Color {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? [0, 0, 0] : [255, 255, 255];
}
