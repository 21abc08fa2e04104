/**
 * Lowers a first convolution on bytes: quantize a few rows, unfold them, multiply.
 *
 * @module
 */
import type { CallWindow, StemCall } from "../calls.ts";
import { PIXEL_MAP_BYTES } from "../module/input-q8.ts";
import { CHANNEL_BLOCK_Q8 } from "../module-q8.ts";

/** Channels: the kernel maps red, green and blue. */
export const STEM_CHANNELS = 3;

/** Bytes that are unfolded at a time: with what is made of them they stay in the L2 cache. */
const BLOCK_BYTES = 96 * 1024;

/** Bytes that kernels read or write behind what they are given, at most (`pixelRowsQ8`, `unfoldQ8`). */
const SLACK = 24;

const align = (bytes: number) => Math.ceil(bytes / 16) * 16;

/** Bytes of an unfolded pixel. */
export function unfoldedBytes([height, width]: readonly [number, number]): number {
  return Math.ceil((STEM_CHANNELS * height * width) / CHANNEL_BLOCK_Q8) * CHANNEL_BLOCK_Q8;
}

/** Parts of the scratch memory, in bytes from its start; `bytes` is the whole. */
export interface ByteStemScratch {
  /** Pixels of a row, padding among them, and bytes from row to row. */
  readonly columns: number;
  readonly row: number;
  readonly unfolded: number;
  /** What pixels become. */
  readonly map: number;
  /** Quantized rows, padding among them. */
  readonly rows: number;
  /** Rows of pixels; or one of floats, padding among them, and behind it a planar one. */
  readonly input: number;
  /** Floats of such a row. */
  readonly floats: number;
  readonly bytes: number;
}

export function byteStemScratch(
  inWidth: number,
  outWidth: number,
  blockRows: number,
  { kernel, stride, pads }: Pick<CallWindow, "kernel" | "stride" | "pads">,
): ByteStemScratch {
  let at = 0;
  const take = (bytes: number) => {
    const start = at;
    at += align(bytes);
    return start;
  };
  const columns = Math.max(pads[1] + inWidth, (outWidth - 1) * stride[1] + kernel[1]);
  const row = align(STEM_CHANNELS * columns + SLACK);
  const count = (blockRows - 1) * stride[0] + kernel[0];
  const floats = Math.ceil((STEM_CHANNELS * columns) / 4) * 4;
  return {
    columns,
    row,
    floats,
    unfolded: take(blockRows * outWidth * unfoldedBytes(kernel) + SLACK),
    map: take(PIXEL_MAP_BYTES),
    rows: take(count * row),
    input: take(Math.max(count * inWidth * STEM_CHANNELS + SLACK, 4 * (floats + STEM_CHANNELS * inWidth))),
    bytes: at,
  };
}

/** Output rows that are made at a time. */
export function byteBlockRows(
  { rows: [from, to], window }: Pick<StemCall, "rows" | "window">,
  outWidth: number,
): number {
  const perRow = outWidth * unfoldedBytes(window.kernel);
  return Math.max(1, Math.min(to - from, Math.floor(BLOCK_BYTES / perRow)));
}
