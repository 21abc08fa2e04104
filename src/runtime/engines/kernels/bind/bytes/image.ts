/**
 * Rows of bytes as kernels take them.
 *
 * @module
 */
import type { View } from "../../calls.ts";
import { ELEMENT_SIZE, imageShape, isImage, LANES, padChannels } from "../../views.ts";
import type { Target } from "../types.ts";

/** A run of pixels: its address, and the distance of its pixels in bytes. */
export interface Run {
  readonly at: number;
  readonly pixel: number;
}

/** Whether a view is pixels with all channels next to each other: an image, or a matrix. */
export function isPixels(view: View): boolean {
  if (view.dims.length !== 2) return isImage(view);
  const [batch = 1] = view.dims;
  return view.strides[1] === 1 && (batch === 1 || (view.strides[0] ?? 0) % LANES[view.storage] === 0);
}

/** Whether the rows of each image of a view follow each other without a gap. */
function isSolid(view: View): boolean {
  const { height, width, rowStride, pixelStride } = imageShape(view);
  return height === 1 || rowStride === width * pixelStride;
}

/** Views as runs that correspond: of whole images where all are solid, else of rows. A view of one pixel an image is the same for all its pixels. */
export function runsOf(
  views: readonly View[],
  target: Target,
): { readonly pixels: number; readonly channels: number; readonly runs: readonly (readonly Run[])[] } {
  const [output] = views;
  const shape = imageShape(output);
  const solid = views.every(isSolid);
  const rows = solid ? 1 : shape.height;
  const runs: Run[][] = [];
  for (let n = 0; n < shape.batch; n++) {
    for (let y = 0; y < rows; y++) {
      runs.push(
        views.map((view) => {
          const { imageStride, rowStride, pixelStride } = imageShape(view);
          const size = ELEMENT_SIZE[view.storage];
          return {
            at: target.address(view) + (n * imageStride + y * rowStride) * size,
            pixel: pixelStride * size,
          };
        }),
      );
    }
  }
  return {
    pixels: (shape.height / rows) * shape.width,
    channels: padChannels(shape.channels, output.storage),
    runs,
  };
}
