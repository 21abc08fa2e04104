/**
 * Stable descending order of scores.
 *
 * @module
 */

/** Bits of a sort key that hold the index: 2^21 elements; the score's 32 bits go above, and 53 bits are exact in a double. */
const INDEX_RANGE = 2 ** 21;

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
  // Adding zero turns -0 into 0: they are equal, but their bits are not.
  const bits = new Int32Array(values.map((value) => value + 0).buffer);
  const keys = new Float64Array(values.length);
  for (let i = 0; i < keys.length; i++) {
    // IEEE 754 bits order as integers, once those of negative numbers are flipped.
    const ascending = bits[i] < 0 ? bits[i] ^ 0x7fffffff : bits[i];
    keys[i] = -ascending * INDEX_RANGE + i;
  }
  keys.sort();
  return Uint32Array.from(keys, (key) => key - Math.floor(key / INDEX_RANGE) * INDEX_RANGE);
}

/**
 * Indices of the `k` largest of `values` (of all, when there are fewer), largest first; equal values in their order.
 * torch's `topk` leaves the order of equal values open.
 */
export function topK(values: Float32Array, k: number): Uint32Array {
  return argsortDescending(values).subarray(0, k);
}
