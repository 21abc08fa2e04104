/**
 * Stable descending order of scores. Plain loops over typed arrays: iterators and callbacks would make an object and a number for each of tens of thousands.
 *
 * @module
 */

/** Bits of a sort key that hold the index: 2^21 elements; the score's 32 bits go above, and 53 bits are exact in a double. */
const INDEX_RANGE = 2 ** 21;

/** The bits of -0, which equals 0. */
const MINUS_ZERO = -(2 ** 31);

/** Integers that order as the values do. */
function ranksOf(values: Float32Array): Int32Array {
  const ranks = new Int32Array(values.slice().buffer);
  // IEEE 754 bits order as integers, once those of negative numbers are flipped.
  for (let i = 0; i < ranks.length; i++) {
    if (ranks[i] < 0) ranks[i] = ranks[i] === MINUS_ZERO ? 0 : ranks[i] ^ 0x7fffffff;
  }
  return ranks;
}

/**
 * Indices of `values` in descending order; equal values keep their order, as torch's CPU `sort` does.
 *
 * Score and index are packed into one double, so that the engine's native numeric sort can be used: it is
 * several times faster than sorting with a comparator.
 *
 * @throws {RangeError} when there are more than 2^21 values.
 * @example
 * argsortDescending(Float32Array.of(0.1, 0.9, 0.9)); // Uint32Array [1, 2, 0]
 */
export function argsortDescending(values: Float32Array): Uint32Array {
  if (values.length > INDEX_RANGE) {
    throw new RangeError(`${values.length} scores to sort, ${INDEX_RANGE} at most`);
  }
  const ranks = ranksOf(values);
  const keys = new Float64Array(values.length);
  for (let i = 0; i < keys.length; i++) keys[i] = -ranks[i] * INDEX_RANGE + i;
  keys.sort();
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < order.length; i++) order[i] = keys[i] - Math.floor(keys[i] / INDEX_RANGE) * INDEX_RANGE;
  return order;
}

/** Ranks are counted by their highest bits: sign, exponent and three of the fraction, so that little more than the largest is sorted. */
const COUNTED_BITS = 12;

/**
 * Indices of the `k` largest of `values` (of all, when there are fewer), largest first; equal values in their order.
 * torch's `topk` leaves the order of equal values open.
 */
export function topK(values: Float32Array, k: number): Uint32Array {
  // Counting pays where it leaves most values out.
  if (2 * k > values.length) return argsortDescending(values).subarray(0, k);
  const shift = 32 - COUNTED_BITS;
  const half = 2 ** (COUNTED_BITS - 1);
  const ranks = ranksOf(values);
  const counts = new Uint32Array(2 * half);
  for (let i = 0; i < ranks.length; i++) counts[(ranks[i] >> shift) + half]++;
  let least = counts.length;
  let found = 0;
  for (; found < k; found += counts[least]) least--;
  const candidates = new Uint32Array(found);
  const scores = new Float32Array(found);
  for (let i = 0, next = 0; next < found; i++) {
    if ((ranks[i] >> shift) + half < least) continue;
    candidates[next] = i;
    scores[next++] = values[i];
  }
  return argsortDescending(scores)
    .subarray(0, k)
    .map((i) => candidates[i]);
}
