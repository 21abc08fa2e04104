/**
 * The passes of a PNG file: one, or the seven of Adam7 (PNG 3rd edition, §8), and where each starts in the inflated stream.
 *
 * @module
 */
import type { PngFile } from "./chunks.ts";
import { bitsPerPixel } from "./expand.ts";

/** A pass: a picture of its own, whose pixel (x, y) lies at (x0 + x · dx, y0 + y · dy) of the whole. */
export interface Pass {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
  /** Bytes of a row: the filter's number and the samples. */
  readonly lineBytes: number;
  /** Where its first row starts in the inflated stream. */
  readonly offset: number;
}

/** x0, y0, dx, dy of Adam7's passes. */
const ADAM7: readonly (readonly [number, number, number, number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** The passes that hold at least one pixel, in stream order, and the bytes of all. */
export function layPasses(file: PngFile): { readonly passes: readonly Pass[]; readonly totalBytes: number } {
  const bits = bitsPerPixel(file);
  const passes: Pass[] = [];
  let offset = 0;
  for (const [x0, y0, dx, dy] of file.interlaced ? ADAM7 : [[0, 0, 1, 1] as const]) {
    const width = Math.ceil((file.width - x0) / dx);
    const height = Math.ceil((file.height - y0) / dy);
    if (width <= 0 || height <= 0) continue;
    const lineBytes = 1 + Math.ceil((width * bits) / 8);
    passes.push({ x0, y0, dx, dy, width, height, lineBytes, offset });
    offset += lineBytes * height;
  }
  return { passes, totalBytes: offset };
}
