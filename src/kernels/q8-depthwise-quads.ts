/**
 * Depthwise convolution of bytes, 3×3 or 5×5 with stride 1, by `i16x8.relaxed_dot_i8x16_i7x16_s`, where it is exact: unsigned by signed bytes (x86), and of
 * two weights that follow each other in a column, neither the positive nor the negative ones add up to more than 128 (255 · 128 < 2^15). Everything else
 * goes by pairs (q8-depthwise.ts).
 *
 * Four rows of the input are interleaved, byte by byte, for two rows of results: weights of a 3×3 kernel are three and a zero, or a zero and three. Four
 * channels of a column are then one vector. What a 5×5 kernel sees of a fifth and a sixth row is interleaved with the column to the right of it.
 *
 * Packed weights: as for pairs, but a block's weights are vectors of 4 channels × 4 bytes: for each column of the kernel the upper row of results' (8
 * channels, 32 bytes) and the lower's; then those for the fifth and sixth row: for columns 0 and 1, 2 and 3, and 4.
 */
import { strip3Quads } from "./q8-depthwise-quads-3x3";
import { UNIT, unit5Quads } from "./q8-depthwise-quads-5x5";

/** Bytes of interleaved rows to aim at: they stay in a first-level cache of 32 KB. */
const RING_AIM: i32 = 24 * 1024;
const HEADER: usize = 64;
/** Bytes of a block before its weights, and with them. */
const BLOCK_HEADER: usize = 64;
const BLOCK_3: usize = BLOCK_HEADER + 3 * 64;
const BLOCK_5: usize = BLOCK_HEADER + 8 * 64;

/** Interleaves `c` bytes of each of `pixels` pixels of four rows; a row that is off the map repeats a pixel (`pix` 0). */
function interleaveFour(
  pixels: i32,
  c: usize,
  r0: usize,
  pix0: usize,
  r1: usize,
  pix1: usize,
  r2: usize,
  pix2: usize,
  r3: usize,
  pix3: usize,
  to: usize,
): void {
  for (; pixels > 0; pixels--) {
    for (let i: usize = 0; i < c; i += 8) {
      const a = v128.load64_zero(r0 + i);
      const b = v128.load64_zero(r1 + i);
      const d = v128.load64_zero(r2 + i);
      const e = v128.load64_zero(r3 + i);
      const upper = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const lower = i8x16.shuffle(d, e, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      v128.store(to, i16x8.shuffle(upper, lower, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, i16x8.shuffle(upper, lower, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      to += 32;
    }
    r0 += pix0;
    r1 += pix1;
    r2 += pix2;
    r3 += pix3;
  }
}

/** Bytes of a pixel of two rows in turns; zero points off the map. @inline */
function two(at: i32, xW: i32, a: usize, aPix: usize, b: usize, bPix: usize, zeros: v128): v128 {
  if (<u32>at >= <u32>xW) return zeros;
  const upper = v128.load64_zero(a + <usize>at * aPix);
  const lower = v128.load64_zero(b + <usize>at * bPix);
  return i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Interleaves two rows with themselves, `apart` columns to the right; column 0 is column `first` of the map. */
function interleaveColumns(
  columns: i32,
  first: i32,
  apart: i32,
  c: usize,
  xW: i32,
  a: usize,
  aPix: usize,
  b: usize,
  bPix: usize,
  zeros: v128,
  to: usize,
): void {
  for (let at = first; at < first + columns; at++) {
    for (let i: usize = 0; i < c; i += 8) {
      const left = two(at, xW, a + i, aPix, b + i, bPix, zeros);
      const right = two(at + apart, xW, a + i, aPix, b + i, bPix, zeros);
      v128.store(to, i16x8.shuffle(left, right, 0, 8, 1, 9, 2, 10, 3, 11));
      v128.store(to, i16x8.shuffle(left, right, 4, 12, 5, 13, 6, 14, 7, 15), 16);
      to += 32;
    }
  }
}

/** A row of results by units, four channels. Results that do not fill a unit are made again by the last. */
function rowOfUnits(
  pixels: i32,
  p: usize,
  r: usize,
  step: usize,
  q: usize,
  w: usize,
  y: usize,
  yStep: usize,
): void {
  const count = min(pixels, UNIT);
  for (let px = 0; px < pixels; px += UNIT) {
    const from = <usize>min(px, pixels - count);
    unit5Quads(count, p + from * step, r + from * step, step, q, w, y + from * yStep, yStep);
  }
}

/** As `depthwiseQ8`, for weights that are packed for it; `kernel` is 3 or 5. */
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
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  scratch: usize,
): void {
  const zero = <u8>load<i32>(w, 44);
  const zeros = v128.load8_splat(w, 44);
  const blockBytes = kernel === 5 ? BLOCK_5 : BLOCK_3;
  const width = kernel === 5 ? max(oW, UNIT * dilationX) : oW;
  const columns = width + (kernel - 1) * dilationX;
  const inner = max(min(xW, columns - padLeft), 0);
  // As many channels as pairs would take, and so no more scratch memory.
  const slots = (kernel - 1) * dilationY + 1;
  const chunk = min(c, max((RING_AIM / (2 * slots * columns)) & ~15, 16));
  let filled = 0;
  for (let from = 0; from < c; from += chunk) {
    const channels = min(chunk, c - from);
    const pixel = <usize>channels * 4;
    const rowBytes = <usize>columns * pixel;
    const fifth = scratch + rowBytes;
    // Behind the rows, a pixel of zero points stands for rows off the map.
    const off = fifth + (kernel === 5 ? rowBytes : 0);
    if (channels !== filled) {
      // Columns of padding; they stay.
      memory.fill(scratch, zero, rowBytes);
      memory.fill(off, zero, channels);
      filled = channels;
    }
    const source = x + <usize>from;
    // Rows of results that share rows of the input are a dilation apart.
    for (let group = oy0; group < oy1; group += 2 * dilationY) {
      for (let oy = group; oy < min(group + dilationY, oy1); oy++) {
        const r0 = oy - padTop;
        const r1 = r0 + dilationY;
        const r2 = r1 + dilationY;
        const r3 = r2 + dilationY;
        interleaveFour(
          inner,
          channels,
          <u32>r0 < <u32>xH ? source + <usize>r0 * xRow : off,
          <u32>r0 < <u32>xH ? xPix : 0,
          <u32>r1 < <u32>xH ? source + <usize>r1 * xRow : off,
          <u32>r1 < <u32>xH ? xPix : 0,
          <u32>r2 < <u32>xH ? source + <usize>r2 * xRow : off,
          <u32>r2 < <u32>xH ? xPix : 0,
          <u32>r3 < <u32>xH ? source + <usize>r3 * xRow : off,
          <u32>r3 < <u32>xH ? xPix : 0,
          scratch + <usize>padLeft * pixel,
        );
        if (kernel === 5) {
          const r4 = r3 + dilationY;
          const r5 = r4 + dilationY;
          interleaveColumns(
            columns,
            -padLeft,
            dilationX,
            channels,
            xW,
            <u32>r4 < <u32>xH ? source + <usize>r4 * xRow : off,
            <u32>r4 < <u32>xH ? xPix : 0,
            <u32>r5 < <u32>xH ? source + <usize>r5 * xRow : off,
            <u32>r5 < <u32>xH ? xPix : 0,
            zeros,
            fifth,
          );
        }
        const upper = y + <usize>(oy - oy0) * yRow + <usize>from;
        const lower = oy + dilationY < oy1 ? upper + <usize>dilationY * yRow : upper;
        for (let i = 0; i < channels; i += 4) {
          const block = w + HEADER + <usize>((from + i) >> 3) * blockBytes + <usize>(i & 4) * 4;
          for (let phase = 0; phase < min(dilationX, oW); phase++) {
            const pixels = (oW - phase + dilationX - 1) / dilationX;
            const at = <usize>phase * pixel + <usize>i * 4;
            const result = <usize>phase * yPix + <usize>i;
            const step = <usize>dilationX * pixel;
            const yStep = <usize>dilationX * yPix;
            const weights = block + BLOCK_HEADER;
            const y0 = upper + result;
            const y1 = lower + result;
            if (kernel === 3) {
              strip3Quads(pixels, scratch + at, step, block, weights, y0, y1, yStep);
            } else {
              rowOfUnits(pixels, scratch + at, fifth + at, step, block, weights, y0, yStep);
              if (y1 !== y0)
                rowOfUnits(pixels, scratch + at, fifth + at, step, block, weights + 32, y1, yStep);
            }
          }
        }
      }
    }
  }
}
