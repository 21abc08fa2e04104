/**
 * How strips of the depthwise convolution of bytes interleave rows, and multiply them by quads.
 */

/** Eight bytes of each of two rows, in turns. @inline */
export function twoRows(upper: v128, lower: v128): v128 {
  return i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Quads of the first four channels, of two pairs of each. @inline */
export function lowQuads(first: v128, second: v128): v128 {
  return i16x8.shuffle(first, second, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** Quads of the last four channels. @inline */
export function highQuads(first: v128, second: v128): v128 {
  return i16x8.shuffle(first, second, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Products of quads. @inline */
export function quads(x: v128, w: v128, ones: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones);
}

/** Products of quads, added to the sums of four channels. @inline */
export function dotQuads(s: v128, x: v128, w: v128, ones: v128): v128 {
  return i32x4.add(s, quads(x, w, ones));
}
