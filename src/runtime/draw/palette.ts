/**
 * Colours of classes.
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

/** An RGB colour, 0 to 255 each. */
export type Color = readonly [red: number, green: number, blue: number];

/** The golden angle, in turns: however many classes there are, neighbours in number lie far apart in hue. */
const GOLDEN_TURN = (3 - Math.sqrt(5)) / 2;

/** Bright enough to show on a photo; VOC's own colours are dark. */
const SATURATION = 0.85;

/**
 * The colour in which a class is drawn on a picture: full brightness, hue by the golden angle.
 *
 * @example
 * classColor(0); // [255, 38, 38]
 */
export function classColor(index: number): Color {
  const hue = ((index * GOLDEN_TURN) % 1) * 6;
  // HSV with value 1: each channel is a trapezoid over the hue, a third of a turn apart.
  const channel = (shift: number) => {
    const distance = Math.abs(((hue + shift) % 6) - 3);
    return Math.round(255 * (1 - SATURATION * (1 - Math.min(Math.max(distance - 1, 0), 1))));
  };
  return [channel(0), channel(4), channel(2)];
}
