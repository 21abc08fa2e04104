/**
 * Depthwise convolution of bytes, 3×3 or 5×5 with stride 1 or 2, by `i16x8.relaxed_dot_i8x16_i7x16_s`, where it is exact: unsigned by signed bytes (x86), and
 * of two weights that are multiplied with a pair of bytes, neither the positive nor the negative ones add up to more than 128 (255 · 128 < 2^15).
 * Everything else goes by pairs (q8-depthwise.ts).
 *
 * Rows of the input, some channels of them, are copied to a tile in scratch memory, with padding on all sides; padding is the zero point, and packed
 * biases make up for it. Strips interleave four bytes of a channel in registers; sums of some results wait before the tile until they end as bytes.
 *
 * Packed weights: the header as for pairs, then blocks of 8 channels: scales (float), biases, and vectors of 4 channels × 4 bytes, two for each of
 * - 3×3: the columns, their middle row twice: weights of more than 7 bits may be divided between the two; blocks without any go by words;
 * - 5×5: the fifth row's first column (the fourth byte), its other columns, and the upper four rows of each column.
 */

import { strip3Quads, strip3QuadsStrided } from "./q8-depthwise-quads-3x3";
import { strip5Quads } from "./q8-depthwise-quads-5x5";
import { strip5QuadsStrided } from "./q8-depthwise-quads-5x5-strided";
import { WORDS, wordsFit } from "./q8-depthwise-words";
import { strip3Words, strip3WordsStrided } from "./q8-depthwise-words-3x3";
import { endSums, SUM_BYTES, SUMS_PIXELS } from "./q8-sums";

/** Bytes of a tile to aim at: it stays in a first-level cache of 32 KB. */
const TILE_AIM: i32 = 24 * 1024;
const HEADER: usize = 64;
/** Bytes of a block before its weights, and with them. */
const BLOCK_HEADER: usize = 64;
const BLOCK_3: usize = BLOCK_HEADER + 3 * 32;
const BLOCK_5: usize = BLOCK_HEADER + 7 * 32;

/** Copies `c` bytes of each of `pixels` pixels: 16 of all of them, then the next 16. */
function copyChannels(pixels: i32, c: usize, x: usize, xPix: usize, to: usize): void {
  let i: usize = 0;
  for (; i + 16 <= c; i += 16) {
    let from = x + i;
    let at = to + i;
    let left = pixels;
    for (; left > 3; left -= 4) {
      const second = from + xPix;
      const third = second + xPix;
      const fourth = third + xPix;
      v128.store(at, v128.load(from));
      v128.store(at + c, v128.load(second));
      v128.store(at + 2 * c, v128.load(third));
      v128.store(at + 3 * c, v128.load(fourth));
      from = fourth + xPix;
      at += 4 * c;
    }
    for (; left > 0; left--, from += xPix, at += c) v128.store(at, v128.load(from));
  }
  if (i === c) return;
  for (; pixels > 0; pixels--, x += xPix, to += c) v128.store64_lane(to + i, v128.load64_zero(x + i), 0);
}

/** Rows of the map to rows of the tile, some channels of them; zero points off the map. */
function fillTile(
  first: i32,
  rows: i32,
  every: i32,
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  inner: i32,
  channels: usize,
  zero: u8,
  to: usize,
  rowBytes: usize,
): void {
  for (let row = first; row < first + rows; row += every, to += <usize>every * rowBytes) {
    if (<u32>row < <u32>xH) copyChannels(inner, channels, x + <usize>row * xRow, xPix, to);
    else memory.fill(to, zero, <usize>inner * channels);
  }
}

/** Rows of results of 8 channels, some at a time: to sums, then to bytes. */
function convolve(
  kernel: i32,
  strideX: i32,
  rows: i32,
  pixels: i32,
  r: usize,
  apart: usize,
  rowStep: usize,
  step: usize,
  block: usize,
  y: usize,
  yRow: usize,
  yStep: usize,
  sums: usize,
): void {
  const words = kernel === 3 && wordsFit(block);
  const most = max(1, SUMS_PIXELS / ((pixels + 1) & ~1));
  for (; rows > 0; rows -= most, r += <usize>most * rowStep, y += <usize>most * yRow) {
    const several = min(most, rows);
    for (let px = 0; px < pixels; px += SUMS_PIXELS) {
      const some = min(SUMS_PIXELS, pixels - px);
      const from = r + <usize>(px * strideX) * step;
      if (words) {
        if (strideX === 1) strip3Words(several, some, from, apart, rowStep, step, sums);
        else strip3WordsStrided(several, some, from, apart, rowStep, step, sums);
      } else if (kernel === 3) {
        if (strideX === 1) strip3Quads(several, some, from, apart, rowStep, step, block, sums);
        else strip3QuadsStrided(several, some, from, apart, rowStep, step, block, sums);
      } else if (strideX === 1) {
        strip5Quads(several, some, from, apart, rowStep, step, block, sums);
      } else {
        strip5QuadsStrided(several, some, from, apart, rowStep, step, block, sums);
      }
      endSums(several, some, sums, words ? WORDS : block, y + <usize>px * yStep, yRow, yStep, 0, 0);
    }
  }
}

/** As `depthwiseQ8`, for weights that are packed for it; `kernel` is 3 or 5, `strideX` 1 or 2 (without dilation). */
export function depthwiseQuads(
  x: usize,
  xRow: usize,
  xPix: usize,
  xH: i32,
  xW: i32,
  y: usize,
  yRow: usize,
  yPix: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  c: i32,
  w: usize,
  kernel: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  scratch: usize,
): void {
  const tile = scratch + <usize>SUMS_PIXELS * SUM_BYTES;
  const zero = <u8>load<i32>(w, 44);
  const blockBytes = kernel === 5 ? BLOCK_5 : BLOCK_3;
  // Results go by twos, and columns: there may be one more of either.
  const columns = oW * strideX + (kernel + 1) * dilationX;
  // Columns of the map that the results see.
  const inner = max(min(xW, columns - padLeft), 0);
  const window = (kernel - 1) * dilationY + 1;
  const all = (oy1 - oy0 - 1) * strideY + window;
  const chunk = min(c, max((TILE_AIM / (all * columns)) & ~15, 16));
  const most = max((TILE_AIM / (chunk * columns) - window) / strideY + 1, 1);
  const phases = min(dilationX, oW);
  const yStep = <usize>dilationX * yPix;
  for (let from = 0; from < c; from += chunk) {
    const channels = <usize>min(chunk, c - from);
    const rowBytes = <usize>columns * channels;
    const apart = <usize>dilationY * rowBytes;
    const rowStep = <usize>strideY * rowBytes;
    const step = <usize>dilationX * channels;
    const blocks = w + HEADER + <usize>(from >> 3) * blockBytes;
    // Columns of padding stay.
    if (from === 0 || channels < <usize>chunk) {
      memory.fill(tile, zero, <usize>min(all, (most - 1) * strideY + window) * rowBytes);
    }
    for (let oy = oy0; oy < oy1; oy += most) {
      const rows = min(most, oy1 - oy);
      fillTile(
        oy * strideY - padTop,
        (rows - 1) * strideY + window,
        // A single row of results sees none between the kernel's.
        rows > 1 ? 1 : dilationY,
        x + <usize>from,
        xRow,
        xPix,
        xH,
        inner,
        channels,
        zero,
        tile + <usize>padLeft * channels,
        rowBytes,
      );
      const results = y + <usize>(oy - oy0) * yRow + <usize>from;
      for (let i: usize = 0; i < channels; i += 8) {
        const block = blocks + (i >> 3) * blockBytes;
        // Results that share columns are a dilation apart.
        for (let phase = 0; phase < phases; phase++) {
          const pixels = (oW - phase + dilationX - 1) / dilationX;
          const at = tile + i + <usize>phase * channels;
          const to = results + i + <usize>phase * yPix;
          convolve(kernel, strideX, rows, pixels, at, apart, rowStep, step, block, to, yRow, yStep, scratch);
        }
      }
    }
  }
}
