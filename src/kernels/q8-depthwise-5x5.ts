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
  let a0 = bias0;
  let a1 = bias1;
  let b0 = bias0;
  let b1 = bias1;
  let c0 = bias0;
  let c1 = bias1;
  let d0 = bias0;
  let d1 = bias1;
  // The first columns only begin sums.
  for (let px = -4; px < pixels; px++) {
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
    if (px < 0) continue;
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
  let a0 = bias0;
  let a1 = bias1;
  let b0 = bias0;
  let b1 = bias1;
  const firstX0 = v128.load(p0);
  const firstX1 = v128.load(p1);
  const firstX2 = v128.load(p2);
  const firstL0 = i16x8.extend_low_i8x16_u(firstX0);
  const firstH0 = i16x8.extend_high_i8x16_u(firstX0);
  const firstL1 = i16x8.extend_low_i8x16_u(firstX1);
  const firstH1 = i16x8.extend_high_i8x16_u(firstX1);
  const firstL2 = i16x8.extend_low_i8x16_u(firstX2);
  const firstH2 = i16x8.extend_high_i8x16_u(firstX2);
  p0 += step;
  p1 += step;
  p2 += step;
  b0 = column(b0, firstL0, firstL1, firstL2, w000, w010, w020);
  b1 = column(b1, firstH0, firstH1, firstH2, w001, w011, w021);
  // The first turn only begins sums.
  for (let px = -1; px < pixels; px++) {
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
    if (px < 0) continue;
    finishEight(s0, s1, scale0, scale1, y);
    y += yStep;
  }
}
