/**
 * Strips of the 3×3 depthwise convolution of bytes by words (q8-depthwise-words.ts), with the arguments of those by quads (q8-depthwise-quads-3x3.ts) but for
 * the weights, which lie at `WORDS`. The third row's bytes are interleaved by two columns, from an even one on: for a result that starts at an odd one
 * weights are shifted instead.
 */
import { twoRows } from "./q8-depthwise-interleave";
import { dotPairs, highSums, lowSums, WORDS } from "./q8-depthwise-words";
import { SUM_BYTES, storeSums } from "./q8-sums";

/** Stride 1; any dilation, by its steps. */
export function strip3Words(
  rows: i32,
  pixels: i32,
  r: usize,
  apart: usize,
  rowStep: usize,
  step: usize,
  to: usize,
): void {
  const ones = i16x8.splat(1);
  const start0 = v128.load(WORDS, 64);
  const start1 = v128.load(WORDS, 80);
  const w0 = v128.load(WORDS, 96);
  const w1 = v128.load(WORDS, 112);
  const w2 = v128.load(WORDS, 128);
  const firstTwo = v128.load(WORDS, 144);
  const third = v128.load(WORDS, 160);
  const first = v128.load(WORDS, 176);
  const lastTwo = v128.load(WORDS, 192);
  for (; rows > 0; rows--, r += rowStep) {
    let r0 = r;
    let r1 = r0 + apart;
    let r2 = r1 + apart;
    let a = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    let x = v128.load64_zero(r2);
    r0 += step;
    r1 += step;
    r2 += step;
    let b = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    let row = twoRows(x, v128.load64_zero(r2));
    for (let left = pixels; left > 0; left -= 2) {
      r0 += step;
      r1 += step;
      r2 += step;
      const c = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      x = v128.load64_zero(r2);
      r0 += step;
      r1 += step;
      r2 += step;
      const d = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      const next = twoRows(x, v128.load64_zero(r2));
      const s = dotPairs(dotPairs(start0, a, w0), b, w1);
      const t = dotPairs(dotPairs(start0, b, w0), c, w1);
      const more = dotPairs(dotPairs(dotPairs(start1, c, w2), row, firstTwo), next, third);
      const others = dotPairs(dotPairs(dotPairs(start1, d, w2), row, first), next, lastTwo);
      storeSums(
        lowSums(s, more, ones),
        highSums(s, more, ones),
        lowSums(t, others, ones),
        highSums(t, others, ones),
        to,
      );
      a = c;
      b = d;
      row = next;
      to += 2 * SUM_BYTES;
    }
  }
}

/** Stride 2. */
export function strip3WordsStrided(
  rows: i32,
  pixels: i32,
  r: usize,
  apart: usize,
  rowStep: usize,
  step: usize,
  to: usize,
): void {
  const ones = i16x8.splat(1);
  const start0 = v128.load(WORDS, 64);
  const start1 = v128.load(WORDS, 80);
  const w0 = v128.load(WORDS, 96);
  const w1 = v128.load(WORDS, 112);
  const w2 = v128.load(WORDS, 128);
  const firstTwo = v128.load(WORDS, 144);
  const third = v128.load(WORDS, 160);
  for (; rows > 0; rows--, r += rowStep) {
    let r0 = r;
    let r1 = r0 + apart;
    let r2 = r1 + apart;
    let a = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    let x = v128.load64_zero(r2);
    r0 += step;
    r1 += step;
    r2 += step;
    let b = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
    let row = twoRows(x, v128.load64_zero(r2));
    for (let left = pixels; left > 0; left -= 2) {
      let words = dotPairs(dotPairs(start0, a, w0), b, w1);
      let more = dotPairs(start1, row, firstTwo);
      r0 += step;
      r1 += step;
      r2 += step;
      a = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      x = v128.load64_zero(r2);
      r0 += step;
      r1 += step;
      r2 += step;
      b = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      row = twoRows(x, v128.load64_zero(r2));
      more = dotPairs(dotPairs(more, a, w2), row, third);
      const s0 = lowSums(words, more, ones);
      const s1 = highSums(words, more, ones);
      words = dotPairs(dotPairs(start0, a, w0), b, w1);
      more = dotPairs(start1, row, firstTwo);
      r0 += step;
      r1 += step;
      r2 += step;
      a = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      x = v128.load64_zero(r2);
      r0 += step;
      r1 += step;
      r2 += step;
      b = twoRows(v128.load64_zero(r0), v128.load64_zero(r1));
      row = twoRows(x, v128.load64_zero(r2));
      more = dotPairs(dotPairs(more, a, w2), row, third);
      storeSums(s0, s1, lowSums(words, more, ones), highSums(words, more, ones), to);
      to += 2 * SUM_BYTES;
    }
  }
}
