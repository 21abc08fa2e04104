/**
 * Lowers the first convolution: unfold a few rows of the input, multiply.
 *
 * @module
 */
import type { StemLayer } from "../layers.ts";
import { describeNode } from "../unsupported.ts";
import { ELEMENT } from "../views.ts";
import { byteBlockRows, byteStemScratch } from "./byte-stem.ts";
import type { Lower } from "./types.ts";
import { resolveWindow } from "./window.ts";

/** Floats that are unfolded at a time: 96 KB stay in the L2 cache beside what is made of them. */
const BLOCK_FLOATS = 24 * 1024;

/** Floats of an unfolded pixel: the kernel's values, in whole vectors. */
export function unfoldedFloats(channels: number, kernel: readonly [number, number]): number {
  return Math.ceil((channels * kernel[0] * kernel[1]) / 4) * 4;
}

/** Parts of a stem's scratch, in floats. */
export interface StemScratch {
  /** Unfolded pixels. */
  readonly unfolded: number;
  /** One normalised row, and the six numbers it is normalised with. */
  readonly row: number;
  readonly norm: number;
  /** Rows of the input: planar floats, or bytes. */
  readonly input: number;
}

export function stemScratch(
  dims: readonly number[],
  outWidth: number,
  blockRows: number,
  { kernel, stride }: { kernel: readonly [number, number]; stride: readonly [number, number] },
): StemScratch {
  const [, channels = 1, , width = 1] = dims;
  const rows = (blockRows - 1) * stride[0] + kernel[0];
  return {
    unfolded: blockRows * outWidth * unfoldedFloats(channels, kernel),
    // Padding on the left is less than the kernel; on the right, the last window may reach as far.
    row: Math.ceil((3 * Math.max(width + kernel[1], (outWidth - 1) * stride[1] + kernel[1])) / 4) * 4,
    norm: 8,
    input: Math.ceil((rows * width * channels) / 4) * 4,
  };
}

export const lowerStem: Lower<StemLayer> = (layer, plan, rows) => {
  const dims = plan.dims(layer.source);
  const [, , , outWidth = 1] = plan.dims(layer.output);
  const window = resolveWindow(layer.window, dims);
  const { bytes } = layer;
  const common = {
    op: "stem",
    layer: describeNode(layer.node),
    source: layer.source,
    dims,
    output: plan.view(layer.output),
    weights: plan.weights(layer.weight, layer),
    window,
    activation: layer.activation,
    bytes,
    rows,
  } as const;
  if (bytes) {
    const blockRows = byteBlockRows(common, outWidth);
    const scratch = plan.scratch([
      byteStemScratch(dims[3] ?? 1, outWidth, blockRows, window).bytes / ELEMENT,
    ]);
    return [{ ...common, scratch, blockRows }];
  }
  const perRow = outWidth * unfoldedFloats(dims[1] ?? 1, window.kernel);
  const blockRows = Math.max(1, Math.min(rows[1] - rows[0], Math.floor(BLOCK_FLOATS / perRow)));
  const { unfolded, row, norm, input } = stemScratch(dims, outWidth, blockRows, window);
  return [{ ...common, scratch: plan.scratch([unfolded + row + norm + input]), blockRows }];
};
