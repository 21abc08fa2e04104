/**
 * Strips of the 3×3 depthwise convolution of bytes: a row of sums, 8 channels wide. Each column of the input is loaded once and multiplied for all
 * the results that it is part of, whose sums wait in locals. Weights are locals too: those that do not fit the registers lie on the stack, where
 * reading them takes no check of bounds.
 *
 * Arguments: `p0` and on are interleaved pairs of rows (q8-depthwise.ts), `step` bytes from column to column; `w` is the block of 8 channels, `to` what
 * `endSums` takes.
 */
import { SUM_BYTES, storeSum } from "./q8-sums";

/** The first column's products. @inline */
function first(d0: v128, d1: v128, w0: v128, w1: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(d0, w0), i32x4.dot_i16x8_s(d1, w1));
}

/** A column's products, added to four sums. @inline */
function column(s: v128, d0: v128, d1: v128, w0: v128, w1: v128): v128 {
  return i32x4.add(i32x4.add(s, i32x4.dot_i16x8_s(d0, w0)), i32x4.dot_i16x8_s(d1, w1));
}

/** Stride 1; any dilation, by its step. */
export function strip3(pixels: i32, p0: usize, p1: usize, step: usize, w: usize, to: usize): void {
  const w000 = v128.load(w, 64);
  const w001 = v128.load(w, 80);
  const w010 = v128.load(w, 96);
  const w011 = v128.load(w, 112);
  const w100 = v128.load(w, 128);
  const w101 = v128.load(w, 144);
  const w110 = v128.load(w, 160);
  const w111 = v128.load(w, 176);
  const w200 = v128.load(w, 192);
  const w201 = v128.load(w, 208);
  const w210 = v128.load(w, 224);
  const w211 = v128.load(w, 240);
  const first0X0 = v128.load(p0);
  const first0X1 = v128.load(p1);
  const first0L0 = i16x8.extend_low_i8x16_u(first0X0);
  const first0H0 = i16x8.extend_high_i8x16_u(first0X0);
  const first0L1 = i16x8.extend_low_i8x16_u(first0X1);
  const first0H1 = i16x8.extend_high_i8x16_u(first0X1);
  p0 += step;
  p1 += step;
  let a0 = first(first0L0, first0L1, w000, w010);
  let a1 = first(first0H0, first0H1, w001, w011);
  const first1X0 = v128.load(p0);
  const first1X1 = v128.load(p1);
  const first1L0 = i16x8.extend_low_i8x16_u(first1X0);
  const first1H0 = i16x8.extend_high_i8x16_u(first1X0);
  const first1L1 = i16x8.extend_low_i8x16_u(first1X1);
  const first1H1 = i16x8.extend_high_i8x16_u(first1X1);
  p0 += step;
  p1 += step;
  a0 = column(a0, first1L0, first1L1, w100, w110);
  a1 = column(a1, first1H0, first1H1, w101, w111);
  let b0 = first(first1L0, first1L1, w000, w010);
  let b1 = first(first1H0, first1H1, w001, w011);
  for (; pixels > 0; pixels--) {
    const x0 = v128.load(p0);
    const x1 = v128.load(p1);
    const l0 = i16x8.extend_low_i8x16_u(x0);
    const h0 = i16x8.extend_high_i8x16_u(x0);
    const l1 = i16x8.extend_low_i8x16_u(x1);
    const h1 = i16x8.extend_high_i8x16_u(x1);
    p0 += step;
    p1 += step;
    const s0 = column(a0, l0, l1, w200, w210);
    const s1 = column(a1, h0, h1, w201, w211);
    a0 = column(b0, l0, l1, w100, w110);
    a1 = column(b1, h0, h1, w101, w111);
    b0 = first(l0, l1, w000, w010);
    b1 = first(h0, h1, w001, w011);
    storeSum(s0, s1, to);
    to += SUM_BYTES;
  }
}

/** Stride 2. */
export function strip3Strided(pixels: i32, p0: usize, p1: usize, step: usize, w: usize, to: usize): void {
  const w000 = v128.load(w, 64);
  const w001 = v128.load(w, 80);
  const w010 = v128.load(w, 96);
  const w011 = v128.load(w, 112);
  const w100 = v128.load(w, 128);
  const w101 = v128.load(w, 144);
  const w110 = v128.load(w, 160);
  const w111 = v128.load(w, 176);
  const w200 = v128.load(w, 192);
  const w201 = v128.load(w, 208);
  const w210 = v128.load(w, 224);
  const w211 = v128.load(w, 240);
  const x0 = v128.load(p0);
  const x1 = v128.load(p1);
  const l0 = i16x8.extend_low_i8x16_u(x0);
  const h0 = i16x8.extend_high_i8x16_u(x0);
  const l1 = i16x8.extend_low_i8x16_u(x1);
  const h1 = i16x8.extend_high_i8x16_u(x1);
  p0 += step;
  p1 += step;
  let a0 = first(l0, l1, w000, w010);
  let a1 = first(h0, h1, w001, w011);
  for (; pixels > 0; pixels--) {
    const oddX0 = v128.load(p0);
    const oddX1 = v128.load(p1);
    const oddL0 = i16x8.extend_low_i8x16_u(oddX0);
    const oddH0 = i16x8.extend_high_i8x16_u(oddX0);
    const oddL1 = i16x8.extend_low_i8x16_u(oddX1);
    const oddH1 = i16x8.extend_high_i8x16_u(oddX1);
    p0 += step;
    p1 += step;
    const s0 = column(a0, oddL0, oddL1, w100, w110);
    const s1 = column(a1, oddH0, oddH1, w101, w111);
    const evenX0 = v128.load(p0);
    const evenX1 = v128.load(p1);
    const evenL0 = i16x8.extend_low_i8x16_u(evenX0);
    const evenH0 = i16x8.extend_high_i8x16_u(evenX0);
    const evenL1 = i16x8.extend_low_i8x16_u(evenX1);
    const evenH1 = i16x8.extend_high_i8x16_u(evenX1);
    p0 += step;
    p1 += step;
    a0 = first(evenL0, evenL1, w000, w010);
    a1 = first(evenH0, evenH1, w001, w011);
    const t0 = column(s0, evenL0, evenL1, w200, w210);
    const t1 = column(s1, evenH0, evenH1, w201, w211);
    storeSum(t0, t1, to);
    to += SUM_BYTES;
  }
}
