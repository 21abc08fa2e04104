/**
 * Weights of a block of a 3×3 depthwise convolution, from quads (q8-depthwise-quads.ts) to words: 8 channels' products of pairs, added up in 16 bits. Two
 * words hold all nine of them. A word may wrap on the way, as long as it ends in range: where the weights that meet in it add up to 256 at most, signs aside,
 * its sums lie within 65,280 of each other, and start from where the middle of that is 0. Weights of 7 bits nearly always do.
 */

/**
 * Where they lie: memory below `MEMORY_BASE`, which callers leave alone, behind that of q8-narrow-sums.ts. Scales and biases as in a block, what the words
 * start from, and pairs: the upper two rows of each column, then the third row's first two, its last, none and its first, and its last two.
 */
export const WORDS: usize = 3200;

/** Weights of one sign that meet in a product of pairs: 255 · 128 < 2^15. */
const PAIR_LIMIT: i16 = 128;
const WORD_LIMIT: i16 = 256;

/** Weights of eight pairs, signs aside. @inline */
function amounts(pairs: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_u(i8x16.abs(pairs));
}

/** What words start from whose weights add up to this: -255 / 2 times as much. @inline */
function startOf(weights: v128): v128 {
  return i16x8.neg(i16x8.add(i16x8.mul(weights, i16x8.splat(127)), i16x8.shr_s(weights, 1)));
}

/** The first halves of eight quads. @inline */
function firstPairs(low: v128, high: v128): v128 {
  return i16x8.shuffle(low, high, 0, 2, 4, 6, 8, 10, 12, 14);
}

/** The last halves. @inline */
function lastPairs(low: v128, high: v128): v128 {
  return i16x8.shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
}

/** Moves the weights of a block to {@link WORDS}; false where they do not fit. */
export function wordsFit(w: usize): bool {
  const ones = i16x8.splat(1);
  const column0 = firstPairs(v128.load(w, 64), v128.load(w, 80));
  const column1 = firstPairs(v128.load(w, 96), v128.load(w, 112));
  const column2 = firstPairs(v128.load(w, 128), v128.load(w, 144));
  const last0 = lastPairs(v128.load(w, 64), v128.load(w, 80));
  const last1 = lastPairs(v128.load(w, 96), v128.load(w, 112));
  const last2 = lastPairs(v128.load(w, 128), v128.load(w, 144));
  const third = v128.or(i16x8.shr_u(last0, 8), last1);
  const shifted = v128.or(i16x8.shr_u(last1, 8), last2);
  const first = i16x8.add(amounts(column0), amounts(column1));
  const second = i16x8.add(i16x8.add(amounts(column2), amounts(third)), amounts(last2));
  const divided = v128.and(v128.or(v128.or(last0, last1), last2), i16x8.splat(255));
  const exceeding = v128.or(
    i16x8.gt_s(i16x8.max_s(first, second), i16x8.splat(WORD_LIMIT)),
    i16x8.gt_s(i16x8.max_s(amounts(third), amounts(shifted)), i16x8.splat(PAIR_LIMIT)),
  );
  if (v128.any_true(v128.or(divided, exceeding))) return false;
  const start0 = startOf(
    i16x8.add(i16x8.extadd_pairwise_i8x16_s(column0), i16x8.extadd_pairwise_i8x16_s(column1)),
  );
  const start1 = startOf(
    i16x8.add(
      i16x8.add(i16x8.extadd_pairwise_i8x16_s(column2), i16x8.extadd_pairwise_i8x16_s(third)),
      i16x8.extadd_pairwise_i8x16_s(last2),
    ),
  );
  v128.store(WORDS, v128.load(w));
  v128.store(WORDS, v128.load(w, 16), 16);
  v128.store(WORDS, i32x4.sub(v128.load(w, 32), lowSums(start0, start1, ones)), 32);
  v128.store(WORDS, i32x4.sub(v128.load(w, 48), highSums(start0, start1, ones)), 48);
  v128.store(WORDS, start0, 64);
  v128.store(WORDS, start1, 80);
  v128.store(WORDS, column0, 96);
  v128.store(WORDS, column1, 112);
  v128.store(WORDS, column2, 128);
  v128.store(WORDS, third, 144);
  v128.store(WORDS, i16x8.shr_u(last2, 8), 160);
  v128.store(WORDS, last0, 176);
  v128.store(WORDS, shifted, 192);
  return true;
}

/** Sums of two words each of the first four channels; `ones` are eight. @inline */
export function lowSums(first: v128, second: v128, ones: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.shuffle(first, second, 0, 8, 1, 9, 2, 10, 3, 11), ones);
}

/** Of the last four. @inline */
export function highSums(first: v128, second: v128, ones: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.shuffle(first, second, 4, 12, 5, 13, 6, 14, 7, 15), ones);
}

/** Products of pairs, added to eight words. @inline */
export function dotPairs(words: v128, x: v128, w: v128): v128 {
  return i16x8.add(words, i16x8.relaxed_dot_i8x16_i7x16_s(w, x));
}
