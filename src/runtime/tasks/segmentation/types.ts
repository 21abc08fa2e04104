/**
 * What segmentation gives.
 *
 * @module
 */
import type { Box } from "../detection/types.ts";

/** The class of every pixel of a picture: `[height, width]`, row-major. Class indices are those of the card's labels. */
export interface ClassMask {
  readonly width: number;
  readonly height: number;
  readonly classes: Uint8Array;
}

/** One class found in a picture. */
export interface Segment {
  readonly label: string;
  /** The class index. */
  readonly index: number;
  /** How much of the picture it takes, 0 to 1. */
  readonly share: number;
  /** The smallest box around all of its pixels; `xmax` and `ymax` are the right and lower edges. */
  readonly box: Box;
}
