/**
 * Lowers the first convolution: bring in a few rows of the input, multiply.
 *
 * @module
 */
import type { CallWindow } from "../calls.ts";
import type { StemLayer } from "../layers.ts";
import { describeNode } from "../unsupported.ts";
import { ELEMENT } from "../views.ts";
import { byteBlockRows, byteStemScratch } from "./byte-stem.ts";
import type { Lower } from "./types.ts";
import { withRoom } from "./wide.ts";
import { resolveWindow } from "./window.ts";

/** Floats of input rows that are brought in at a time: 96 KB stay in the L2 cache beside what is made of them. */
const BLOCK_FLOATS = 24 * 1024;

/** Parts of a stem's scratch, in floats. */
export interface StemScratch {
  /** Pixels of a row, padding among them, and floats from row to row. */
  readonly columns: number;
  readonly row: number;
  /** Rows as the convolution reads them. */
  readonly rows: number;
  /** The six numbers that pixels are normalised with. */
  readonly norm: number;
  /** Rows of the input: planar floats, or bytes. */
  readonly input: number;
}

export function stemScratch(
  dims: readonly number[],
  outWidth: number,
  blockRows: number,
  { kernel, stride, pads }: CallWindow,
): StemScratch {
  const [, channels = 1, , width = 1] = dims;
  const rows = (blockRows - 1) * stride[0] + kernel[0];
  const columns = Math.max(pads[1] + width, (outWidth - 1) * stride[1] + kernel[1]);
  const row = Math.ceil((channels * columns) / 4) * 4;
  return {
    columns,
    row,
    rows: rows * row,
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
    return withRoom(common.output, rows, plan, (output) => [{ ...common, output, scratch, blockRows }]);
  }
  const { row } = stemScratch(dims, outWidth, 1, window);
  const perRow = row * window.stride[0];
  const blockRows = Math.max(1, Math.min(rows[1] - rows[0], Math.floor(BLOCK_FLOATS / perRow)));
  const sizes = stemScratch(dims, outWidth, blockRows, window);
  return [{ ...common, scratch: plan.scratch([sizes.rows + sizes.norm + sizes.input]), blockRows }];
};
