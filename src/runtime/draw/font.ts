/**
 * A small bitmap font for labels on pictures: printable ASCII, 5 by 7 pixels, drawn for this project.
 *
 * @module
 */

/** Size of a glyph in pixels, before scaling; glyphs stand one pixel apart. */
export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;

/** The first character of {@link GLYPHS}. */
const FIRST = " ".charCodeAt(0);

/**
 * Characters 32 (space) to 126 (~). A glyph is seven rows from the top, each a digit of base 32 (0-9, a-v) whose five bits are the row's
 * pixels, the left one highest. So `ehhvhhh` is 01110, 10001, 10001, 11111, 10001, 10001, 10001: an A.
 */
const GLYPHS = (
  "0000000 4444404 aaa0000 aavavaa 4fke5u4 op248j3 cik8lid 4480000 2488842 8422248 04lel40 044v440 0000c48 000v000 " +
  "00000cc 01248g0 ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 0cc0cc0 0cc0c48 " +
  "248g842 00v0v00 8421248 eh12404 eh1dlle ehhvhhh uhhuhhu ehggghe uhhhhhu vgguggv vgguggg ehgnhhf hhhvhhh e44444e " +
  "72222ic hikokih ggggggv hrllhhh hhpljhh ehhhhhe uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla " +
  "hha4ahh hhha444 v1248gv e88888e 0g84210 e22222e 4ah0000 000000v 8420000 00e1fhf ggmphhu 00egghe 11djhhf 00ehvge " +
  "698s888 0fhhf1e ggmphhh 40c444e 20622ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe 00uhugg 00djf11 00mpggg 00ege1u " +
  "88s8896 00hhhjd 00hhha4 00hhlla 00ha4ah 00hhf1e 00v248v 2448442 4444444 8442448 008l200"
).split(" ");

/** What stands for a character that the font lacks: an empty box. */
const UNKNOWN = "vhhhhhv";

/** The rows of a character from the top, five bits each, the left pixel highest. */
export function glyphRows(character: string): number[] {
  const glyph = GLYPHS[character.charCodeAt(0) - FIRST] ?? UNKNOWN;
  return Array.from(glyph, (row) => Number.parseInt(row, 32));
}
