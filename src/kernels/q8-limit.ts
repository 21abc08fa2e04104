/**
 * What weights may meet in a sum of 16 bits (q8-tiles.ts).
 */

/** Weights of one sign that meet add up to at most this: 255 · 128 < 2^15. */
export const LIMIT: i32 = 128;

/** Sums of the pairs of 16 weights, of one sign. @inline */
export function positive(weights: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(i8x16.max_s(weights, i8x16.splat(0)));
}

/** Likewise. @inline */
export function negative(weights: v128): v128 {
  return i16x8.extadd_pairwise_i8x16_s(i8x16.min_s(weights, i8x16.splat(0)));
}

/** Whether sums of one sign go over the limit. @inline */
export function exceed(up: v128, down: v128): bool {
  return v128.any_true(
    v128.or(i16x8.gt_s(up, i16x8.splat(<i16>LIMIT)), i16x8.lt_s(down, i16x8.splat(<i16>-LIMIT))),
  );
}

/** Whether two quads of weights, 32 bytes each, may meet. */
export function mayMeet(quad: usize, other: usize): bool {
  const x0 = v128.load(quad);
  const x1 = v128.load(quad, 16);
  const z0 = v128.load(other);
  const z1 = v128.load(other, 16);
  return (
    !exceed(i16x8.add(positive(x0), positive(z0)), i16x8.add(negative(x0), negative(z0))) &&
    !exceed(i16x8.add(positive(x1), positive(z1)), i16x8.add(negative(x1), negative(z1)))
  );
}
