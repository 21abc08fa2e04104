/**
 * Pictures that are made row by row.
 *
 * @module
 */
import type { RowTensor, Tensor } from "./engine.ts";

/**
 * Makes all rows: `[1, 3, H, W]`.
 *
 * @param data where they go: `3 · H · W` floats
 */
export function toPlanes(
  picture: RowTensor,
  data: Float32Array = new Float32Array(3 * picture.height * picture.width),
): Tensor {
  const { height, width } = picture;
  const plane = height * width;
  const row = new Float32Array(3 * width);
  for (let y = 0, at = 0; y < height; y++) {
    picture.row(y, row);
    for (let p = 0; p < row.length; p += 3, at++) {
      data[at] = row[p];
      data[at + plane] = row[p + 1];
      data[at + 2 * plane] = row[p + 2];
    }
  }
  return { dims: [1, 3, height, width], data };
}
