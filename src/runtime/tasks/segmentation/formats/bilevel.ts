/**
 * Masks as one black-and-white PNG a class, in base64: the shape of Hugging Face's image segmentation.
 *
 * @module
 */
import { encodePng } from "../../../../codecs/encode/png.ts";
import type { ClassMask, Segment } from "../types.ts";

/** One class of a mask as a PNG of one bit a pixel, white where the class is. */
export function segmentToPng(
  { width, height, classes }: ClassMask,
  { index, box }: Segment,
): Promise<Uint8Array> {
  return encodePng({
    width,
    height,
    color: "bilevel",
    row: (y, into) => {
      if (y < box.ymin || y >= box.ymax) return;
      const row = y * width;
      for (let x = box.xmin; x < box.xmax; x++) {
        if (classes[row + x] === index) into[x >> 3] |= 0x80 >> (x & 7);
      }
    },
  });
}

/** Bytes that are turned into characters at once: `String.fromCharCode` takes them as arguments, of which engines allow some 65,000. */
const BATCH = 0x8000;

/** Base64 of RFC 4648, section 4, padded. */
export function toBase64(bytes: Uint8Array): string {
  let characters = "";
  for (let at = 0; at < bytes.length; at += BATCH) {
    // Spread, they would be made numbers one by one.
    characters += String.fromCharCode.apply(null, bytes.subarray(at, at + BATCH) as unknown as number[]);
  }
  return btoa(characters);
}
