/**
 * Boxes from regressed offsets, as torchvision's `BoxCoder.decode_single` (torchvision/models/detection/_utils.py).
 *
 * @module
 */

/** By how much the four offsets (x, y, width, height) were multiplied in training. */
export type CoderWeights = readonly [x: number, y: number, width: number, height: number];

/** Weights of the region proposal network (torchvision/models/detection/rpn.py). */
export const RPN_WEIGHTS: CoderWeights = [1, 1, 1, 1];

/** Weights of the box head: `bbox_reg_weights` (torchvision/models/detection/roi_heads.py). */
export const ROI_WEIGHTS: CoderWeights = [10, 10, 5, 5];

/** The largest logarithm of a growth in size (`bbox_xform_clip`): keeps `exp` finite. */
const LOG_GROWTH_MAX = Math.fround(Math.log(1000 / 16));

/**
 * Decodes one box into `out[o..o+3]`: the box at `boxes[b..b+3]`, moved and scaled by the offsets at `offsets[d..d+3]`.
 * Every step is rounded to float32, as torch computes.
 */
export function decodeBox(
  out: Float32Array,
  o: number,
  boxes: Float32Array,
  b: number,
  offsets: ArrayLike<number>,
  d: number,
  weights: CoderWeights,
): void {
  const { fround } = Math;
  const width = fround(boxes[b + 2] - boxes[b]);
  const height = fround(boxes[b + 3] - boxes[b + 1]);
  const centreX = fround(boxes[b] + fround(0.5 * width));
  const centreY = fround(boxes[b + 1] + fround(0.5 * height));
  const dx = fround(offsets[d] / weights[0]);
  const dy = fround(offsets[d + 1] / weights[1]);
  const dw = Math.min(fround(offsets[d + 2] / weights[2]), LOG_GROWTH_MAX);
  const dh = Math.min(fround(offsets[d + 3] / weights[3]), LOG_GROWTH_MAX);
  const newX = fround(fround(dx * width) + centreX);
  const newY = fround(fround(dy * height) + centreY);
  const halfWidth = fround(0.5 * fround(fround(Math.exp(dw)) * width));
  const halfHeight = fround(0.5 * fround(fround(Math.exp(dh)) * height));
  out[o] = newX - halfWidth;
  out[o + 1] = newY - halfHeight;
  out[o + 2] = newX + halfWidth;
  out[o + 3] = newY + halfHeight;
}
