/**
 * Depthwise convolution of bytes by `i32x4.dot_i16x8_s`, two taps of a kernel's column at a time: exact for any weights, on any processor, in both builds.
 *
 * Rows of the input are interleaved by twos (a byte of the upper, a byte of the lower), once for all the results that they are part of: pair i is
 * rows i and i + dilation. A kernel of 5 rows takes pairs i, i + 2 · dilation and i + 4 · dilation, the last with weights of zero for its lower rows. Pairs
 * lie in a ring of scratch memory, behind sums of 3×3 that wait to be ended, with columns of padding on both sides; padding is the zero point, and packed
 * biases make up for it.
 *
 * Packed weights: the header (64 bytes: requantization, zero point of the input, whether packed for quads), then blocks of 8 channels: scales (float), biases, and for each
 * column of the kernel and each pair of its rows the weights of 2 × 4 channels, upper and lower in turns, 16 bits each.
 */
import { strip3, strip3Strided } from "./q8-depthwise-3x3";
import { strip5, strip5Strided } from "./q8-depthwise-5x5";
import { stripAny } from "./q8-depthwise-any";
import { depthwiseQuads } from "./q8-depthwise-quads";
import { setRequant } from "./q8-requant";
import { endSums, SUM_BYTES, SUMS_PIXELS } from "./q8-sums";

/** Bytes of pairs to aim at: they stay in a first-level cache of 32 KB. */
const RING_AIM: i32 = 24 * 1024;
const HEADER: usize = 64;
/** Bytes of a block before its weights. */
const BLOCK_HEADER: usize = 64;

/** Interleaves `c` bytes of each of `pixels` pixels. */
function interleave(
  pixels: i32,
  c: usize,
  upper: usize,
  upperPix: usize,
  lower: usize,
  lowerPix: usize,
  to: usize,
): void {
  for (; pixels > 0; pixels--, upper += upperPix, lower += lowerPix) {
    let i: usize = 0;
    for (const end = c & ~15; i < end; i += 16) {
      const u = v128.load(upper + i);
      const l = v128.load(lower + i);
      v128.store(to, i8x16.shuffle(u, l, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      v128.store(to, i8x16.shuffle(u, l, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
      to += 32;
    }
    if (i < c) {
      const u = v128.load64_zero(upper + i);
      const l = v128.load64_zero(lower + i);
      v128.store(to, i8x16.shuffle(u, l, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      to += 16;
    }
  }
}

/** A row of results of 8 channels by 3×3, some at a time: to sums, then to bytes. By 5×5 that would gain nothing. */
function row3(
  strideX: i32,
  pixels: i32,
  p0: usize,
  p1: usize,
  step: usize,
  block: usize,
  y: usize,
  yStep: usize,
  sums: usize,
): void {
  for (let px = 0; px < pixels; px += SUMS_PIXELS) {
    const some = min(SUMS_PIXELS, pixels - px);
    const shift = <usize>(px * strideX) * step;
    if (strideX === 1) strip3(some, p0 + shift, p1 + shift, step, block, sums);
    else strip3Strided(some, p0 + shift, p1 + shift, step, block, sums);
    endSums(1, some, sums, block, y + <usize>px * yStep, 0, yStep, 0, 0);
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
  if (ASC_FEATURE_RELAXED_SIMD && load<i32>(w, 48)) {
    depthwiseQuads(
      x,
      xRow,
      xPix,
      xH,
      xW,
      y,
      yRow,
      yPix,
      oy0,
      oy1,
      oW,
      c,
      w,
      kh,
      strideY,
      strideX,
      dilationY,
      dilationX,
      padTop,
      padLeft,
      scratch,
    );
    return;
  }
  const zero = <u8>load<i32>(w, 44);
  const pairs = (kh + 1) >> 1;
  const blockBytes = BLOCK_HEADER + <usize>(pairs * kw) * 32;
  // Pairs that results of stride 2 start from are two rows apart.
  const rowStep = strideY & 1 ? 1 : 2;
  const slots = (2 * (pairs - 1) * dilationY) / rowStep + 1;
  const columns = (oW - 1) * strideX + (kw - 1) * dilationX + 1;
  // Columns of the map that the results see.
  const inner = max(min(xW, columns - padLeft), 0);
  const chunk = min(c, max((RING_AIM / (2 * slots * columns)) & ~15, 16));
  const first = oy0 * strideY - padTop;
  for (let from = 0; from < c; from += chunk) {
    const channels = min(chunk, c - from);
    const pixel = <usize>channels * 2;
    const slotBytes = <usize>columns * pixel;
    // Behind the ring, a pixel of zero points stands for rows off the map.
    const ring = scratch + <usize>SUMS_PIXELS * SUM_BYTES;
    const off = ring + <usize>slots * slotBytes;
    memory.fill(ring, zero, <usize>slots * slotBytes + <usize>channels);
    const source = x + <usize>from;
    const blocks = w + HEADER + <usize>(from >> 3) * blockBytes;
    let next = first;
    let to = y + <usize>from;
    for (let oy = oy0; oy < oy1; oy++, to += yRow) {
      const top = oy * strideY - padTop;
      for (const last = top + 2 * (pairs - 1) * dilationY; next <= last; next += rowStep) {
        const lower = next + dilationY;
        const hasUpper = <u32>next < <u32>xH;
        const hasLower = <u32>lower < <u32>xH;
        interleave(
          inner,
          channels,
          hasUpper ? source + <usize>next * xRow : off,
          hasUpper ? xPix : 0,
          hasLower ? source + <usize>lower * xRow : off,
          hasLower ? xPix : 0,
          ring + <usize>(((next - first) / rowStep) % slots) * slotBytes + <usize>padLeft * pixel,
        );
      }
      const turn = (top - first) / rowStep;
      const turns = (2 * dilationY) / rowStep;
      const p0 = ring + <usize>(turn % slots) * slotBytes;
      const p1 = ring + <usize>((turn + turns) % slots) * slotBytes;
      const p2 = ring + <usize>((turn + 2 * turns) % slots) * slotBytes;
      for (let i = 0; i < channels; i += 8) {
        const block = blocks + <usize>(i >> 3) * blockBytes;
        const at = <usize>i * 2;
        const result = to + <usize>i;
        if (kh === 3 && kw === 3 && strideX === 2 && dilationX === 1) {
          row3(2, oW, p0 + at, p1 + at, pixel, block, result, yPix, scratch);
        } else if (kh === 5 && kw === 5 && strideX === 2 && dilationX === 1) {
          strip5Strided(oW, p0 + at, p1 + at, p2 + at, pixel, block, result, yPix);
        } else if (strideX === 1 && kh === kw && (kh === 3 || kh === 5)) {
          const step = <usize>dilationX * pixel;
          const yStep = <usize>dilationX * yPix;
          // Results that share columns are a dilation apart.
          for (let phase = 0; phase < min(dilationX, oW); phase++) {
            const pixels = (oW - phase + dilationX - 1) / dilationX;
            const shift = at + <usize>phase * pixel;
            const target = result + <usize>phase * yPix;
            if (kh === 3) row3(1, pixels, p0 + shift, p1 + shift, step, block, target, yStep, scratch);
            else strip5(pixels, p0 + shift, p1 + shift, p2 + shift, step, block, target, yStep);
          }
        } else {
          stripAny(
            oW,
            pairs,
            kw,
            ring + at,
            slotBytes,
            turn,
            turns,
            slots,
            <usize>strideX * pixel,
            <usize>dilationX * pixel,
            block,
            result,
            yPix,
          );
        }
      }
    }
  }
}
