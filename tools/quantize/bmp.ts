/**
 * Writes a picture as a BMP file: pixels that the product's own preprocessing then reads, at no cost.
 *
 * @module
 */
import type { Image } from "../../src/codecs/types.ts";

/** BITMAPFILEHEADER and BITMAPINFOHEADER. */
const HEADER_BYTES = 54;

/** A picture as a BMP file of 24 bits a pixel. */
export function encodeBmp({ width, height, pixels }: Image): Uint8Array {
  // Rows are filled up to a multiple of four bytes.
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = new Uint8Array(HEADER_BYTES + stride * height);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]); // "BM"
  view.setUint32(2, file.length, true);
  view.setUint32(10, HEADER_BYTES, true);
  view.setUint32(14, 40, true); // size of BITMAPINFOHEADER
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // negative: top row first
  view.setUint16(26, 1, true); // planes
  view.setUint16(28, 24, true); // bits a pixel
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = HEADER_BYTES + y * stride + x * 3;
      file[to] = pixels[from + 2];
      file[to + 1] = pixels[from + 1];
      file[to + 2] = pixels[from];
    }
  }
  return file;
}
