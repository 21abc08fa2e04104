/**
 * Steps on lists of boxes (`[N, 4]`: xmin, ymin, xmax, ymax), as in torchvision/ops/boxes.py.
 *
 * @module
 */
import type { Size } from "../../preprocess/size.ts";

/** Clips boxes to an image, in place (`clip_boxes_to_image`). */
export function clipBoxes(boxes: Float32Array, image: Size): void {
  for (let i = 0; i < boxes.length; i++) {
    const limit = i % 2 === 0 ? image.width : image.height;
    boxes[i] = Math.min(Math.max(boxes[i], 0), limit);
  }
}

/**
 * Whether both sides of a box reach `minSize` (`remove_small_boxes`); false for a box that is not a number.
 *
 * @param b where the box starts in `boxes`
 */
export function isLargeEnough(boxes: Float32Array, b: number, minSize: number): boolean {
  return (
    Math.fround(boxes[b + 2] - boxes[b]) >= minSize && Math.fround(boxes[b + 3] - boxes[b + 1]) >= minSize
  );
}

/** The boxes with the given numbers, in their order. */
export function gatherBoxes(boxes: Float32Array, indices: ArrayLike<number>): Float32Array {
  const gathered = new Float32Array(indices.length * 4);
  for (let i = 0; i < indices.length; i++) {
    for (let side = 0; side < 4; side++) gathered[4 * i + side] = boxes[4 * indices[i] + side];
  }
  return gathered;
}
