/**
 * PNG by upng-js: another decoder, to compare with.
 *
 * @module
 */
import UPNG from "upng-js";

/** RGB of the first frame, transparency dropped. */
export function decodeByUpng(file: Uint8Array): Uint8Array {
  const buffer = file.slice().buffer as ArrayBuffer;
  const rgba = new Uint8Array(UPNG.toRGBA8(UPNG.decode(buffer))[0]);
  return rgba.filter((_, i) => i % 4 !== 3);
}
