/**
 * Lowers a first convolution on bytes: look pixels up, unfold a few rows, multiply.
 *
 * @module
 */
import type { CallWindow, StemCall } from "../calls.ts";
import { CHANNEL_BLOCK_Q8 } from "../module-q8.ts";

/** Channels: the kernel looks red, green and blue up. */
export const STEM_CHANNELS = 3;

/** Bytes that are unfolded at a time: with what is made of them they stay in the L2 cache. */
const BLOCK_BYTES = 96 * 1024;

const align = (bytes: number) => Math.ceil(bytes / 16) * 16;

/** Bytes of an unfolded pixel. */
export function unfoldedBytes([height, width]: readonly [number, number]): number {
  return Math.ceil((STEM_CHANNELS * height * width) / CHANNEL_BLOCK_Q8) * CHANNEL_BLOCK_Q8;
}

/** Parts of the scratch memory, in bytes from its start; `bytes` is the whole. */
export interface ByteStemScratch {
  readonly unfolded: number;
  /** Three tables of 256 bytes. */
  readonly tables: number;
  /** Rows of looked-up pixels, padding among them. */
  readonly rows: number;
  /** Rows of the input. */
  readonly input: number;
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
  const padded = Math.max(pads[1] + inWidth, (outWidth - 1) * stride[1] + kernel[1]);
  const unfolded = take(blockRows * outWidth * unfoldedBytes(kernel));
  const tables = take(STEM_CHANNELS * 256);
  const rows = take(STEM_CHANNELS * kernel[0] * padded);
  const input = take(((blockRows - 1) * stride[0] + kernel[0]) * inWidth * STEM_CHANNELS);
  return { unfolded, tables, rows, input, bytes: at };
}

/** Output rows that are made at a time. */
export function byteBlockRows(
  { rows: [from, to], window }: Pick<StemCall, "rows" | "window">,
  outWidth: number,
): number {
  const perRow = outWidth * unfoldedBytes(window.kernel);
  return Math.max(1, Math.min(to - from, Math.floor(BLOCK_BYTES / perRow)));
}
