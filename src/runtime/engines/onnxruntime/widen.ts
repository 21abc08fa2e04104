/**
 * Widens 8-bit images to the floats that a network takes.
 *
 * @module
 */
import type { ImageTensor, Tensor } from "../engine.ts";

/**
 * `[H, W, 3]` bytes to `[1, 3, H, W]` floats: `(byte * scale - mean[c]) / std[c]`, rounded to 32 bits after each step as torchvision's
 * `to_tensor` and `normalize` do.
 */
export function widenImage(image: ImageTensor): Tensor {
  const { height, width, pixels, scale, mean, std } = image;
  const plane = height * width;
  const data = new Float32Array(3 * plane);
  const table = new Float32Array(256);
  for (let channel = 0; channel < 3; channel++) {
    for (let byte = 0; byte < 256; byte++) {
      const centred = Math.fround(Math.fround(byte * scale) - Math.fround(mean[channel] ?? 0));
      table[byte] = centred / Math.fround(std[channel] ?? 1);
    }
    const offset = channel * plane;
    for (let i = 0, p = channel; i < plane; i++, p += 3) data[offset + i] = table[pixels[p]];
  }
  return { dims: [1, 3, height, width], data };
}
