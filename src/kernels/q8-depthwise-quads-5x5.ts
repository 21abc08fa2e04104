/**
 * The strip of the 5×5 depthwise convolution of bytes with stride 1 by quads: as those of q8-depthwise-quads-3x3.ts, whose arguments it has. Weights that do
 * not fit the registers lie on the stack, where reading them takes no check of bounds.
 *
 * The fifth row's bytes of a column and the three to the left of it are a quad, too: for the result that ends with the column, which sees the last four,
 * and for the one that starts with it, with weights of zero for the others.
 */
import { dotQuads, highQuads, lowQuads, quads, twoRows } from "./q8-depthwise-interleave";
import { SUM_BYTES, storeSums } from "./q8-sums";

/** Any dilation, by its steps. */
export function strip5Quads(
  rows: i32,
  pixels: i32,
  r: usize,
  apart: usize,
  rowStep: usize,
  step: usize,
  w: usize,
  to: usize,
): void {
  const ones = i16x8.splat(1);
  const first0 = v128.load(w, 64);
  const first1 = v128.load(w, 80);
  const last0 = v128.load(w, 96);
  const last1 = v128.load(w, 112);
  const w00 = v128.load(w, 128);
  const w01 = v128.load(w, 144);
  const w10 = v128.load(w, 160);
  const w11 = v128.load(w, 176);
  const w20 = v128.load(w, 192);
  const w21 = v128.load(w, 208);
  const w30 = v128.load(w, 224);
  const w31 = v128.load(w, 240);
  const w40 = v128.load(w, 256);
  const w41 = v128.load(w, 272);
  for (; rows > 0; rows--, r += rowStep) {
    let r0 = r;
    let r1 = r0 + apart;
    let r2 = r1 + apart;
    let r3 = r2 + apart;
    let r4 = r3 + apart;
    let upper = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    let lower = twoRows(v128.load64_zero(r2), v128.load64_zero(r3));
    let low = lowQuads(upper, lower);
    let high = highQuads(upper, lower);
    let x = v128.load64_zero(r4);
    // For what lies to the left weights are zero.
    let before = twoRows(x, x);
    let rowLow = lowQuads(before, before);
    let rowHigh = highQuads(before, before);
    let a0 = dotQuads(quads(low, w00, ones), rowLow, first0, ones);
    let a1 = dotQuads(quads(high, w01, ones), rowHigh, first1, ones);
    r0 += step;
    r1 += step;
    r2 += step;
    r3 += step;
    r4 += step;
    upper = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    lower = twoRows(v128.load64_zero(r2), v128.load64_zero(r3));
    low = lowQuads(upper, lower);
    high = highQuads(upper, lower);
    let next = v128.load64_zero(r4);
    let pair = twoRows(x, next);
    rowLow = lowQuads(before, pair);
    rowHigh = highQuads(before, pair);
    a0 = dotQuads(a0, low, w10, ones);
    a1 = dotQuads(a1, high, w11, ones);
    let b0 = dotQuads(quads(low, w00, ones), rowLow, first0, ones);
    let b1 = dotQuads(quads(high, w01, ones), rowHigh, first1, ones);
    r0 += step;
    r1 += step;
    r2 += step;
    r3 += step;
    r4 += step;
    upper = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    lower = twoRows(v128.load64_zero(r2), v128.load64_zero(r3));
    low = lowQuads(upper, lower);
    high = highQuads(upper, lower);
    x = v128.load64_zero(r4);
    let newest = twoRows(next, x);
    rowLow = lowQuads(before, newest);
    rowHigh = highQuads(before, newest);
    before = newest;
    a0 = dotQuads(a0, low, w20, ones);
    a1 = dotQuads(a1, high, w21, ones);
    b0 = dotQuads(b0, low, w10, ones);
    b1 = dotQuads(b1, high, w11, ones);
    let c0 = dotQuads(quads(low, w00, ones), rowLow, first0, ones);
    let c1 = dotQuads(quads(high, w01, ones), rowHigh, first1, ones);
    r0 += step;
    r1 += step;
    r2 += step;
    r3 += step;
    r4 += step;
    upper = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    lower = twoRows(v128.load64_zero(r2), v128.load64_zero(r3));
    low = lowQuads(upper, lower);
    high = highQuads(upper, lower);
    next = v128.load64_zero(r4);
    newest = twoRows(x, next);
    rowLow = lowQuads(pair, newest);
    rowHigh = highQuads(pair, newest);
    pair = newest;
    a0 = dotQuads(a0, low, w30, ones);
    a1 = dotQuads(a1, high, w31, ones);
    b0 = dotQuads(b0, low, w20, ones);
    b1 = dotQuads(b1, high, w21, ones);
    c0 = dotQuads(c0, low, w10, ones);
    c1 = dotQuads(c1, high, w11, ones);
    let d0 = dotQuads(quads(low, w00, ones), rowLow, first0, ones);
    let d1 = dotQuads(quads(high, w01, ones), rowHigh, first1, ones);
    for (let left = pixels; left > 0; left -= 2) {
      r0 += step;
      r1 += step;
      r2 += step;
      r3 += step;
      r4 += step;
      upper = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      lower = twoRows(v128.load64_zero(r2), v128.load64_zero(r3));
      x = v128.load64_zero(r4);
      const even = twoRows(next, x);
      r0 += step;
      r1 += step;
      r2 += step;
      r3 += step;
      r4 += step;
      const nextUpper = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      const nextLower = twoRows(v128.load64_zero(r2), v128.load64_zero(r3));
      next = v128.load64_zero(r4);
      const odd = twoRows(x, next);
      low = lowQuads(upper, lower);
      rowLow = lowQuads(before, even);
      const nextLow = lowQuads(nextUpper, nextLower);
      const nextRowLow = lowQuads(pair, odd);
      const s0 = dotQuads(dotQuads(a0, low, w40, ones), rowLow, last0, ones);
      b0 = dotQuads(b0, low, w30, ones);
      const t0 = dotQuads(dotQuads(b0, nextLow, w40, ones), nextRowLow, last0, ones);
      a0 = dotQuads(dotQuads(c0, low, w20, ones), nextLow, w30, ones);
      b0 = dotQuads(dotQuads(d0, low, w10, ones), nextLow, w20, ones);
      c0 = dotQuads(quads(low, w00, ones), rowLow, first0, ones);
      c0 = dotQuads(c0, nextLow, w10, ones);
      d0 = dotQuads(quads(nextLow, w00, ones), nextRowLow, first0, ones);
      high = highQuads(upper, lower);
      rowHigh = highQuads(before, even);
      const nextHigh = highQuads(nextUpper, nextLower);
      const nextRowHigh = highQuads(pair, odd);
      const s1 = dotQuads(dotQuads(a1, high, w41, ones), rowHigh, last1, ones);
      b1 = dotQuads(b1, high, w31, ones);
      const t1 = dotQuads(dotQuads(b1, nextHigh, w41, ones), nextRowHigh, last1, ones);
      a1 = dotQuads(dotQuads(c1, high, w21, ones), nextHigh, w31, ones);
      b1 = dotQuads(dotQuads(d1, high, w11, ones), nextHigh, w21, ones);
      c1 = dotQuads(quads(high, w01, ones), rowHigh, first1, ones);
      c1 = dotQuads(c1, nextHigh, w11, ones);
      d1 = dotQuads(quads(nextHigh, w01, ones), nextRowHigh, first1, ones);
      before = even;
      pair = odd;
      storeSums(s0, s1, t0, t1, to);
      to += 2 * SUM_BYTES;
    }
  }
}
