/**
 * A colour for each class.
 *
 * @module
 */

/** Colours that a byte can number. */
const COLORS = 256;

/**
 * The colours of the PASCAL VOC development kit (`VOClabelcolormap`): RGB triples for indices 0 to 255. Bits 0, 1 and 2 of an index become
 * the top bits of red, green and blue, the next three bits the next lower ones, and so on; index 0 is black.
 */
export const VOC_PALETTE: Uint8Array = vocPalette();

function vocPalette(): Uint8Array {
  const palette = new Uint8Array(COLORS * 3);
  for (let index = 0; index < COLORS; index++) {
    for (let bit = 0; bit < 8; bit++) {
      palette[index * 3 + (bit % 3)] |= ((index >> bit) & 1) << (7 - Math.floor(bit / 3));
    }
  }
  return palette;
}

/** An RGB colour. */
export type Color = readonly [red: number, green: number, blue: number];

/** The colour of a class; the same in boxes, drawn masks and palettes of mask files. */
export function classColor(index: number): Color {
  const [red, green, blue] = VOC_PALETTE.subarray((index % COLORS) * 3);
  return [red, green, blue];
}
