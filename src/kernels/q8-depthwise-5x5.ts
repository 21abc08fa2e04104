/**
 * Strips of the 5×5 depthwise convolution of bytes: a row of results, 8 channels wide. Each column of the input is loaded once and multiplied for all
 * the results that it is part of, whose sums wait in locals. Weights are locals too: those that do not fit the registers lie on the stack, where
 * reading them takes no check of bounds.
 *
 * Arguments: `p0` and on are interleaved pairs of rows (q8-depthwise.ts), `step` bytes from column to column; `w` is the block of 8 channels.
 */
import { finishEight } from "./q8-depthwise-finish";

/** A column's products, added to four sums. @inline */
function column(s: v128, d0: v128, d1: v128, d2: v128, w0: v128, w1: v128, w2: v128): v128 {
  return i32x4.add(
    i32x4.add(i32x4.add(s, i32x4.dot_i16x8_s(d0, w0)), i32x4.dot_i16x8_s(d1, w1)),
    i32x4.dot_i16x8_s(d2, w2),
  );
}

/** Stride 1; any dilation, by its step. */
export function strip5(
  pixels: i32,
  p0: usize,
  p1: usize,
  p2: usize,
  step: usize,
  w: usize,
  y: usize,
  yStep: usize,
): void {
  const scale0 = v128.load(w);
  const scale1 = v128.load(w, 16);
  const bias0 = v128.load(w, 32);
  const bias1 = v128.load(w, 48);
  const w000 = v128.load(w, 64);
  const w001 = v128.load(w, 80);
  const w010 = v128.load(w, 96);
  const w011 = v128.load(w, 112);
  const w020 = v128.load(w, 128);
  const w021 = v128.load(w, 144);
  const w100 = v128.load(w, 160);
  const w101 = v128.load(w, 176);
  const w110 = v128.load(w, 192);
  const w111 = v128.load(w, 208);
  const w120 = v128.load(w, 224);
  const w121 = v128.load(w, 240);
  const w200 = v128.load(w, 256);
  const w201 = v128.load(w, 272);
  const w210 = v128.load(w, 288);
  const w211 = v128.load(w, 304);
  const w220 = v128.load(w, 320);
  const w221 = v128.load(w, 336);
  const w300 = v128.load(w, 352);
  const w301 = v128.load(w, 368);
  const w310 = v128.load(w, 384);
  const w311 = v128.load(w, 400);
  const w320 = v128.load(w, 416);
  const w321 = v128.load(w, 432);
  const w400 = v128.load(w, 448);
  const w401 = v128.load(w, 464);
  const w410 = v128.load(w, 480);
  const w411 = v128.load(w, 496);
  const w420 = v128.load(w, 512);
  const w421 = v128.load(w, 528);
  const first0X0 = v128.load(p0);
  const first0X1 = v128.load(p1);
  const first0X2 = v128.load(p2);
  const first0L0 = i16x8.extend_low_i8x16_u(first0X0);
  const first0H0 = i16x8.extend_high_i8x16_u(first0X0);
  const first0L1 = i16x8.extend_low_i8x16_u(first0X1);
  const first0H1 = i16x8.extend_high_i8x16_u(first0X1);
  const first0L2 = i16x8.extend_low_i8x16_u(first0X2);
  const first0H2 = i16x8.extend_high_i8x16_u(first0X2);
  p0 += step;
  p1 += step;
  p2 += step;
  let a0 = column(bias0, first0L0, first0L1, first0L2, w000, w010, w020);
  let a1 = column(bias1, first0H0, first0H1, first0H2, w001, w011, w021);
  const first1X0 = v128.load(p0);
  const first1X1 = v128.load(p1);
  const first1X2 = v128.load(p2);
  const first1L0 = i16x8.extend_low_i8x16_u(first1X0);
  const first1H0 = i16x8.extend_high_i8x16_u(first1X0);
  const first1L1 = i16x8.extend_low_i8x16_u(first1X1);
  const first1H1 = i16x8.extend_high_i8x16_u(first1X1);
  const first1L2 = i16x8.extend_low_i8x16_u(first1X2);
  const first1H2 = i16x8.extend_high_i8x16_u(first1X2);
  p0 += step;
  p1 += step;
  p2 += step;
  a0 = column(a0, first1L0, first1L1, first1L2, w100, w110, w120);
  a1 = column(a1, first1H0, first1H1, first1H2, w101, w111, w121);
  let b0 = column(bias0, first1L0, first1L1, first1L2, w000, w010, w020);
  let b1 = column(bias1, first1H0, first1H1, first1H2, w001, w011, w021);
  const first2X0 = v128.load(p0);
  const first2X1 = v128.load(p1);
  const first2X2 = v128.load(p2);
  const first2L0 = i16x8.extend_low_i8x16_u(first2X0);
  const first2H0 = i16x8.extend_high_i8x16_u(first2X0);
  const first2L1 = i16x8.extend_low_i8x16_u(first2X1);
  const first2H1 = i16x8.extend_high_i8x16_u(first2X1);
  const first2L2 = i16x8.extend_low_i8x16_u(first2X2);
  const first2H2 = i16x8.extend_high_i8x16_u(first2X2);
  p0 += step;
  p1 += step;
  p2 += step;
  a0 = column(a0, first2L0, first2L1, first2L2, w200, w210, w220);
  a1 = column(a1, first2H0, first2H1, first2H2, w201, w211, w221);
  b0 = column(b0, first2L0, first2L1, first2L2, w100, w110, w120);
  b1 = column(b1, first2H0, first2H1, first2H2, w101, w111, w121);
  let c0 = column(bias0, first2L0, first2L1, first2L2, w000, w010, w020);
  let c1 = column(bias1, first2H0, first2H1, first2H2, w001, w011, w021);
  const first3X0 = v128.load(p0);
  const first3X1 = v128.load(p1);
  const first3X2 = v128.load(p2);
  const first3L0 = i16x8.extend_low_i8x16_u(first3X0);
  const first3H0 = i16x8.extend_high_i8x16_u(first3X0);
  const first3L1 = i16x8.extend_low_i8x16_u(first3X1);
  const first3H1 = i16x8.extend_high_i8x16_u(first3X1);
  const first3L2 = i16x8.extend_low_i8x16_u(first3X2);
  const first3H2 = i16x8.extend_high_i8x16_u(first3X2);
  p0 += step;
  p1 += step;
  p2 += step;
  a0 = column(a0, first3L0, first3L1, first3L2, w300, w310, w320);
  a1 = column(a1, first3H0, first3H1, first3H2, w301, w311, w321);
  b0 = column(b0, first3L0, first3L1, first3L2, w200, w210, w220);
  b1 = column(b1, first3H0, first3H1, first3H2, w201, w211, w221);
  c0 = column(c0, first3L0, first3L1, first3L2, w100, w110, w120);
  c1 = column(c1, first3H0, first3H1, first3H2, w101, w111, w121);
  let d0 = column(bias0, first3L0, first3L1, first3L2, w000, w010, w020);
  let d1 = column(bias1, first3H0, first3H1, first3H2, w001, w011, w021);
  for (; pixels > 0; pixels--) {
    const x0 = v128.load(p0);
    const x1 = v128.load(p1);
    const x2 = v128.load(p2);
    const l0 = i16x8.extend_low_i8x16_u(x0);
    const h0 = i16x8.extend_high_i8x16_u(x0);
    const l1 = i16x8.extend_low_i8x16_u(x1);
    const h1 = i16x8.extend_high_i8x16_u(x1);
    const l2 = i16x8.extend_low_i8x16_u(x2);
    const h2 = i16x8.extend_high_i8x16_u(x2);
    p0 += step;
    p1 += step;
    p2 += step;
    const s0 = column(a0, l0, l1, l2, w400, w410, w420);
    const s1 = column(a1, h0, h1, h2, w401, w411, w421);
    a0 = column(b0, l0, l1, l2, w300, w310, w320);
    a1 = column(b1, h0, h1, h2, w301, w311, w321);
    b0 = column(c0, l0, l1, l2, w200, w210, w220);
    b1 = column(c1, h0, h1, h2, w201, w211, w221);
    c0 = column(d0, l0, l1, l2, w100, w110, w120);
    c1 = column(d1, h0, h1, h2, w101, w111, w121);
    d0 = column(bias0, l0, l1, l2, w000, w010, w020);
    d1 = column(bias1, h0, h1, h2, w001, w011, w021);
    finishEight(s0, s1, scale0, scale1, y);
    y += yStep;
  }
}

/** Stride 2. */
export function strip5Strided(
  pixels: i32,
  p0: usize,
  p1: usize,
  p2: usize,
  step: usize,
  w: usize,
  y: usize,
  yStep: usize,
): void {
  const scale0 = v128.load(w);
  const scale1 = v128.load(w, 16);
  const bias0 = v128.load(w, 32);
  const bias1 = v128.load(w, 48);
  const w000 = v128.load(w, 64);
  const w001 = v128.load(w, 80);
  const w010 = v128.load(w, 96);
  const w011 = v128.load(w, 112);
  const w020 = v128.load(w, 128);
  const w021 = v128.load(w, 144);
  const w100 = v128.load(w, 160);
  const w101 = v128.load(w, 176);
  const w110 = v128.load(w, 192);
  const w111 = v128.load(w, 208);
  const w120 = v128.load(w, 224);
  const w121 = v128.load(w, 240);
  const w200 = v128.load(w, 256);
  const w201 = v128.load(w, 272);
  const w210 = v128.load(w, 288);
  const w211 = v128.load(w, 304);
  const w220 = v128.load(w, 320);
  const w221 = v128.load(w, 336);
  const w300 = v128.load(w, 352);
  const w301 = v128.load(w, 368);
  const w310 = v128.load(w, 384);
  const w311 = v128.load(w, 400);
  const w320 = v128.load(w, 416);
  const w321 = v128.load(w, 432);
  const w400 = v128.load(w, 448);
  const w401 = v128.load(w, 464);
  const w410 = v128.load(w, 480);
  const w411 = v128.load(w, 496);
  const w420 = v128.load(w, 512);
  const w421 = v128.load(w, 528);
  const first0X0 = v128.load(p0);
  const first0X1 = v128.load(p1);
  const first0X2 = v128.load(p2);
  const first0L0 = i16x8.extend_low_i8x16_u(first0X0);
  const first0H0 = i16x8.extend_high_i8x16_u(first0X0);
  const first0L1 = i16x8.extend_low_i8x16_u(first0X1);
  const first0H1 = i16x8.extend_high_i8x16_u(first0X1);
  const first0L2 = i16x8.extend_low_i8x16_u(first0X2);
  const first0H2 = i16x8.extend_high_i8x16_u(first0X2);
  p0 += step;
  p1 += step;
  p2 += step;
  let a0 = column(bias0, first0L0, first0L1, first0L2, w000, w010, w020);
  let a1 = column(bias1, first0H0, first0H1, first0H2, w001, w011, w021);
  const first1X0 = v128.load(p0);
  const first1X1 = v128.load(p1);
  const first1X2 = v128.load(p2);
  const first1L0 = i16x8.extend_low_i8x16_u(first1X0);
  const first1H0 = i16x8.extend_high_i8x16_u(first1X0);
  const first1L1 = i16x8.extend_low_i8x16_u(first1X1);
  const first1H1 = i16x8.extend_high_i8x16_u(first1X1);
  const first1L2 = i16x8.extend_low_i8x16_u(first1X2);
  const first1H2 = i16x8.extend_high_i8x16_u(first1X2);
  p0 += step;
  p1 += step;
  p2 += step;
  a0 = column(a0, first1L0, first1L1, first1L2, w100, w110, w120);
  a1 = column(a1, first1H0, first1H1, first1H2, w101, w111, w121);
  const first2X0 = v128.load(p0);
  const first2X1 = v128.load(p1);
  const first2X2 = v128.load(p2);
  const first2L0 = i16x8.extend_low_i8x16_u(first2X0);
  const first2H0 = i16x8.extend_high_i8x16_u(first2X0);
  const first2L1 = i16x8.extend_low_i8x16_u(first2X1);
  const first2H1 = i16x8.extend_high_i8x16_u(first2X1);
  const first2L2 = i16x8.extend_low_i8x16_u(first2X2);
  const first2H2 = i16x8.extend_high_i8x16_u(first2X2);
  p0 += step;
  p1 += step;
  p2 += step;
  a0 = column(a0, first2L0, first2L1, first2L2, w200, w210, w220);
  a1 = column(a1, first2H0, first2H1, first2H2, w201, w211, w221);
  let b0 = column(bias0, first2L0, first2L1, first2L2, w000, w010, w020);
  let b1 = column(bias1, first2H0, first2H1, first2H2, w001, w011, w021);
  for (; pixels > 0; pixels--) {
    const oddX0 = v128.load(p0);
    const oddX1 = v128.load(p1);
    const oddX2 = v128.load(p2);
    const oddL0 = i16x8.extend_low_i8x16_u(oddX0);
    const oddH0 = i16x8.extend_high_i8x16_u(oddX0);
    const oddL1 = i16x8.extend_low_i8x16_u(oddX1);
    const oddH1 = i16x8.extend_high_i8x16_u(oddX1);
    const oddL2 = i16x8.extend_low_i8x16_u(oddX2);
    const oddH2 = i16x8.extend_high_i8x16_u(oddX2);
    p0 += step;
    p1 += step;
    p2 += step;
    a0 = column(a0, oddL0, oddL1, oddL2, w300, w310, w320);
    a1 = column(a1, oddH0, oddH1, oddH2, w301, w311, w321);
    b0 = column(b0, oddL0, oddL1, oddL2, w100, w110, w120);
    b1 = column(b1, oddH0, oddH1, oddH2, w101, w111, w121);
    const evenX0 = v128.load(p0);
    const evenX1 = v128.load(p1);
    const evenX2 = v128.load(p2);
    const evenL0 = i16x8.extend_low_i8x16_u(evenX0);
    const evenH0 = i16x8.extend_high_i8x16_u(evenX0);
    const evenL1 = i16x8.extend_low_i8x16_u(evenX1);
    const evenH1 = i16x8.extend_high_i8x16_u(evenX1);
    const evenL2 = i16x8.extend_low_i8x16_u(evenX2);
    const evenH2 = i16x8.extend_high_i8x16_u(evenX2);
    p0 += step;
    p1 += step;
    p2 += step;
    const s0 = column(a0, evenL0, evenL1, evenL2, w400, w410, w420);
    const s1 = column(a1, evenH0, evenH1, evenH2, w401, w411, w421);
    a0 = column(b0, evenL0, evenL1, evenL2, w200, w210, w220);
    a1 = column(b1, evenH0, evenH1, evenH2, w201, w211, w221);
    b0 = column(bias0, evenL0, evenL1, evenL2, w000, w010, w020);
    b1 = column(bias1, evenH0, evenH1, evenH2, w001, w011, w021);
    finishEight(s0, s1, scale0, scale1, y);
    y += yStep;
  }
}
