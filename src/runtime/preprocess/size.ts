/**
 * To which size a picture is resized, by torchvision's own arithmetic: Python's `int()` cuts, its `round()` goes to the even neighbour.
 *
 * @module
 */
import { roundHalfEven } from "../rounding.ts";

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The size whose shorter side is `short` (torchvision `transforms.functional._compute_resized_output_size`).
 *
 * torchvision itself can come to a side of 0 when `maxSize` cuts a long picture; here a side is at least 1.
 *
 * @param maxSize the longer side is at most this
 * @returns `capped`: whether `maxSize` made the shorter side smaller than asked
 * @example
 * shorterSideTo({ width: 640, height: 480 }, 256); // { size: { width: 341, height: 256 }, capped: false }
 */
export function shorterSideTo(
  { width, height }: Size,
  short: number,
  maxSize = Number.POSITIVE_INFINITY,
): { readonly size: Size; readonly capped: boolean } {
  const [shortSide, longSide] = width <= height ? [width, height] : [height, width];
  let newShort = short;
  let newLong = Math.trunc((short * longSide) / shortSide);
  const capped = newLong > maxSize;
  if (capped) {
    newShort = Math.max(1, Math.trunc((maxSize * newShort) / newLong));
    newLong = maxSize;
  }
  const size = width <= height ? { width: newShort, height: newLong } : { width: newLong, height: newShort };
  return { size, capped };
}

/**
 * The size that `GeneralizedRCNNTransform` gives a picture (torchvision `models/detection/transform.py`, `_resize_image_and_masks`):
 * one factor for both sides, in double precision, and `interpolate(..., recompute_scale_factor=True)` rounds down.
 */
export function rcnnSize({ width, height }: Size, minSize: number, maxSize: number): Size {
  const factor = Math.min(minSize / Math.min(width, height), maxSize / Math.max(width, height));
  return {
    width: Math.max(1, Math.floor(width * factor)),
    height: Math.max(1, Math.floor(height * factor)),
  };
}

/** The size whose longer side is `long`, rounded to the nearest pixel (as Python's `round` does). */
export function longerSideTo({ width, height }: Size, long: number): Size {
  const factor = long / Math.max(width, height);
  return {
    width: Math.max(1, roundHalfEven(width * factor)),
    height: Math.max(1, roundHalfEven(height * factor)),
  };
}

/**
 * Where a resized side lies in its crop (torchvision `transforms.functional.center_crop`): negative where it is cut, positive where it is
 * smaller than the crop and zeros are put around it.
 */
export function centerCropOffset(side: number, crop: number): number {
  const offset = side < crop ? Math.floor((crop - side) / 2) : -roundHalfEven((side - crop) / 2);
  return offset === 0 ? 0 : offset;
}

/** The next multiple of `step` (`batch_images` pads to it). */
export function ceilTo(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
