/**
 * Depthwise convolution of bytes, by the float kernels: whole numbers under 2^24 are exact in floats, and 25 products of a byte and a signed
 * byte stay below 2^22 even on top of `ROUNDER`. So rows are widened (zero point taken off, hence padding is zero) into scratch memory, a chunk of channels at
 * a time, and convolved; the sums are requantized as they are stored. Integer instructions would not be faster: a
 * 32-bit lane takes four multiply-adds in three of them, one in one here.
 *
 * Packed weights: the requantization (44 bytes), the input's zero point (int32, 20 bytes with what is free), scales (float) and biases (int32, less the
 * bits of `ROUNDER`) of all channels (a multiple of 8), then blocks of 4 channels as `depthwiseF32` reads them, with `ROUNDER` for a bias.
 */
import { depthwiseRow } from "./depthwise";
import { setRequant } from "./q8-requant";

/** Bytes of widened rows to aim at: with the results they fit a second-level cache of 256 KB. */
const SCRATCH_AIM: i32 = 128 * 1024;
/** Output rows made from one filling of the scratch rows. */
const ROWS: i32 = 4;

const HEADER: usize = 64;

/** Channels of a chunk, a multiple of 8: at least 16, where there are as many. `depthwiseQ8ScratchBytes` in module-q8.ts counts on it. */
function chunkChannels(c: i32, rows: i32, xW: i32): i32 {
  return min(c, max((SCRATCH_AIM / (4 * rows * xW)) & ~7, 16));
}

/** Input rows that a filling holds. @inline */
function heldRows(kh: i32, strideY: i32, dilationY: i32): i32 {
  return (kh - 1) * dilationY + 1 + (ROWS - 1) * strideY;
}

/** Widens `c` channels of `pixels` pixels, less the zero point. */
function widenRow(pixels: i32, c: i32, x: usize, xPix: usize, zero: v128, y: usize): void {
  for (; pixels > 0; pixels--, x += xPix) {
    for (let i: usize = 0; i < <usize>c; i += 8) {
      const v = i16x8.sub(v128.load_ext<u8>(x + i), zero);
      v128.store(y, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v)));
      v128.store(y, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v)), 16);
      y += 32;
    }
  }
}

export function depthwiseQ8(
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
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  scratch: usize,
): void {
  setRequant(w);
  const zero = i16x8.splat(<i16>load<i32>(w, 44));
  const scales = w + HEADER;
  const qBias = <usize>c * 4;
  const blocks = scales + 2 * qBias;
  const blockBytes = 16 * <usize>(1 + kh * kw);
  const held = heldRows(kh, strideY, dilationY);
  const chunk = chunkChannels(c, held, xW);
  for (let first = 0; first < c; first += chunk) {
    const channels = min(chunk, c - first);
    const pixel = <usize>channels * 4;
    const row = <usize>xW * pixel;
    const from = x + <usize>first;
    const q = scales + <usize>first * 4;
    const block = blocks + <usize>(first >> 2) * blockBytes;
    // Rows `have0..have1` of the map lie in the scratch memory, from its start.
    let have0 = 0;
    let have1 = 0;
    let to = y + <usize>first;
    for (let oy = oy0; oy < oy1; oy += ROWS) {
      const rows = min(ROWS, oy1 - oy);
      const need0 = max(0, oy * strideY - padTop);
      const need1 = min(xH, (oy + rows - 1) * strideY - padTop + (kh - 1) * dilationY + 1);
      if (need0 < have1 && need0 >= have0) {
        memory.copy(scratch, scratch + <usize>(need0 - have0) * row, <usize>(have1 - need0) * row);
      } else {
        have1 = need0;
      }
      have0 = need0;
      for (; have1 < need1; have1++) {
        widenRow(
          xW,
          channels,
          from + <usize>have1 * xRow,
          xPix,
          zero,
          scratch + <usize>(have1 - have0) * row,
        );
      }
      for (let i = 0; i < rows; i++, to += yRow) {
        depthwiseRow<u8>(
          scratch - <usize>have0 * row,
          row,
          pixel,
          xH,
          xW,
          to,
          yPix,
          oy + i,
          oW,
          channels,
          block,
          kh,
          kw,
          strideY,
          strideX,
          dilationY,
          dilationX,
          padTop,
          padLeft,
          q,
          qBias,
        );
      }
    }
  }
}
