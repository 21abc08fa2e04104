/**
 * Undoes the row filters (PNG 3rd edition, §9): each byte was stored as its difference from a prediction.
 *
 * @module
 */
import { CodecError } from "../types.ts";

/**
 * Undoes the filter of one row in place.
 *
 * @param line the row as stored: the filter's number, then the bytes
 * @param above the finished row above, laid out the same (its first byte is not looked at); zeros for the first row
 * @param pixelBytes distance to the byte of the pixel on the left: bytes a pixel, at least 1
 * @throws {CodecError} `broken` for a filter that does not exist
 */
export function unfilter(line: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const filter = line[0];
  if (filter > 4) throw new CodecError("broken", `PNG: filter ${filter} does not exist`);
  if (filter === 1) unfilterSub(line, pixelBytes);
  else if (filter === 2) unfilterUp(line, above);
  else if (filter === 3) unfilterAverage(line, above, pixelBytes);
  else if (filter === 4 && pixelBytes === 3) unfilterPaeth3(line, above);
  else if (filter === 4) unfilterPaeth(line, above, pixelBytes);
}

function unfilterSub(line: Uint8Array, pixelBytes: number): void {
  for (let i = 1 + pixelBytes; i < line.length; i++) line[i] = line[i] + line[i - pixelBytes];
}

function unfilterUp(line: Uint8Array, above: Uint8Array): void {
  for (let i = 1; i < line.length; i++) line[i] = line[i] + above[i];
}

function unfilterAverage(line: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const first = Math.min(1 + pixelBytes, line.length);
  for (let i = 1; i < first; i++) line[i] = line[i] + (above[i] >> 1);
  for (let i = first; i < line.length; i++) line[i] = line[i] + ((line[i - pixelBytes] + above[i]) >> 1);
}

function unfilterPaeth(line: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const first = Math.min(1 + pixelBytes, line.length);
  for (let i = 1; i < first; i++) line[i] = line[i] + above[i];
  for (let i = first; i < line.length; i++) {
    line[i] = line[i] + paeth(line[i - pixelBytes], above[i], above[i - pixelBytes]);
  }
}

/** The common case, 8-bit RGB: neighbours stay in registers instead of being read three times. */
function unfilterPaeth3(line: Uint8Array, above: Uint8Array): void {
  let leftR = 0;
  let leftG = 0;
  let leftB = 0;
  let cornerR = 0;
  let cornerG = 0;
  let cornerB = 0;
  for (let i = 1; i + 2 < line.length; i += 3) {
    const upR = above[i];
    const upG = above[i + 1];
    const upB = above[i + 2];
    leftR = (line[i] + paeth(leftR, upR, cornerR)) & 255;
    leftG = (line[i + 1] + paeth(leftG, upG, cornerG)) & 255;
    leftB = (line[i + 2] + paeth(leftB, upB, cornerB)) & 255;
    line[i] = leftR;
    line[i + 1] = leftG;
    line[i + 2] = leftB;
    cornerR = upR;
    cornerG = upG;
    cornerB = upB;
  }
}

/**
 * The neighbour nearest to `left + up - corner`; ties go to left, then up.
 *
 * Without branches, which noise makes unpredictable (twice as fast on photos): let lo and hi be the smaller and larger of left and up. If
 * 3 · corner - left - up is at least hi, the answer is lo; if it is at most lo, the answer is hi; else it is corner. The comparisons
 * are the signs of differences, spread over all bits. (The same form is in stb_image 2.28, `stbi__paeth`.)
 */
function paeth(left: number, up: number, corner: number): number {
  const difference = left - up;
  const negative = difference & (difference >> 31);
  const lo = up + negative;
  const hi = left - negative;
  const threshold = 3 * corner - left - up;
  const lowOrCorner = lo + ((corner - lo) & ((threshold - hi) >> 31));
  return hi + ((lowOrCorner - hi) & ((lo - threshold) >> 31));
}
