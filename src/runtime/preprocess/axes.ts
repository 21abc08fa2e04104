/**
 * From a picture's upright axes to those of the rows that a decoder gives.
 *
 * @module
 */
import { swapsSides } from "../../codecs/exif.ts";
import { mirrors } from "../../codecs/orient.ts";
import type { ImageHeader } from "../../codecs/types.ts";
import type { Geometry } from "./plan.ts";
import type { Size } from "./size.ts";

/** The part of the resized picture that lies in the input, along one upright axis: from its first position up to its last. */
export function visible(resized: number, offset: number, input: number): { from: number; to: number } {
  return { from: Math.max(0, -offset), to: Math.min(resized, input - offset) };
}

/** One way of a resize, along the stored columns or rows. */
export interface StoredAxis {
  /** Decoded positions, and how much of them the picture covers. */
  readonly inSize: number;
  readonly covered: number;
  /** Positions of the whole resized picture, and the part that is wanted. */
  readonly outSize: number;
  readonly from: number;
  readonly to: number;
  /** Whether it runs against the upright axis. */
  readonly mirrored: boolean;
}

/**
 * @param decoded the size of what the decoder gives, which may be less than the header's
 */
export function storedAxes(
  decoded: Size,
  header: ImageHeader,
  { orientation, offset, resized, input }: Geometry,
): { readonly columns: StoredAxis; readonly rows: StoredAxis } {
  const mirror = mirrors(orientation);
  // The upright axes, then which of them the stored columns and rows are.
  const x = { outSize: resized.width, ...visible(resized.width, offset.x, input.width), mirrored: mirror.x };
  const y = {
    outSize: resized.height,
    ...visible(resized.height, offset.y, input.height),
    mirrored: mirror.y,
  };
  const [across, down] = swapsSides(orientation) ? [y, x] : [x, y];
  return {
    columns: { inSize: decoded.width, covered: coveredBy(decoded.width, header.width), ...across },
    rows: { inSize: decoded.height, covered: coveredBy(decoded.height, header.height), ...down },
  };
}

/**
 * How much of a decoded side the picture covers. A decoder that scales rounds up, so the last column may stand for part of a
 * pixel only: 4001 pixels at 1/8 come as 501, of which 500.125 are picture.
 */
function coveredBy(decoded: number, stored: number): number {
  for (const factor of [1, 2, 4, 8]) {
    if (Math.ceil(stored / factor) === decoded) return stored / factor;
  }
  return decoded;
}
