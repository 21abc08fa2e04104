/**
 * Images as kernels take them.
 *
 * @module
 */
import type { View } from "../calls.ts";
import { ELEMENT_SIZE, type ImageShape, imageShape, isImage, padChannels } from "../views.ts";
import type { Target } from "./types.ts";

/** An image as kernels take it: addresses and strides in bytes. */
export interface KernelImage extends ImageShape {
  /** Address of row 0 of an image of the batch. */
  at(image: number): number;
  readonly row: number;
  readonly pixel: number;
  /** Channels in whole vectors. */
  readonly padded: number;
}

export function kernelImage(view: View, target: Target): KernelImage {
  const shape = imageShape(view);
  const address = target.address(view);
  const size = ELEMENT_SIZE[view.storage];
  return {
    ...shape,
    at: (image) => address + image * shape.imageStride * size,
    row: shape.rowStride * size,
    pixel: shape.pixelStride * size,
    padded: padChannels(shape.channels, view.storage),
  };
}

/** Whether a call's views are images as kernels take them. */
export function areImages(...views: (View | undefined)[]): boolean {
  return views.every((view) => view === undefined || isImage(view));
}
