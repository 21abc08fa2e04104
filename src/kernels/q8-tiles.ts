/**
 * Register tiles of the integer matrix product: up to 4 rows of unsigned bytes × 8 columns of signed weights, all of K, 32-bit sums. Four ways,
 * which give the same sums; which one a matrix is packed for depends on the processor and the weights (`packing/q8.ts`).
 *
 * - **pairs**: both sides widened to 16 bits, `i32x4.dot_i16x8_s`. Exact for any weights, on any processor, in both builds.
 * - **octets**: `i16x8.relaxed_dot_i8x16_i7x16_s`, where it multiplies unsigned by signed bytes and adds pairs with 16-bit saturation (x86 without
 *   VNNI); two of them are added in 16 bits before they are widened. Exact as long as, of the four weights that meet in a 16-bit sum, neither
 *   the positive nor the negative ones add up to more than 128 (255 · 128 < 2^15). What exceeds that is packed apart, as extra steps.
 * - **matched**: as octets, where many of those would be: each tile has its own order of K, by quads (four K), in which few of them exceed it.
 * - **narrow**: as octets, for few K, where so many sums of four would need extra steps that each step is better widened by itself: exact as long as of
 *   two weights that meet, neither the positive nor the negative ones add up to more than 128 (weights of 7 bits never do).
 * - **quads**: `i32x4.relaxed_dot_i8x16_i7x16_add_s`, where it is exact: unsigned × signed (x86 with VNNI), or signed × signed (Arm), for which the
 *   activations' top bit is flipped (a - 128) and the packed bias makes up for it.
 *
 * A packed matrix is a run of tiles of 8 columns: 8 scales (float), 8 biases, then for each tap (a convolution's; one for a
 * matrix) 8 corrections (for the zero point; biases include those of a single tap), the place and number of extra steps, how far from there the weights lie, the place of the order of its quads
 * (two bytes each: the first K), and the weights, 8 bytes for each K. A matrix of another's weights, with scales and a zero point of its own, goes without them: its taps point to the other's.
 *
 * Common arguments: `rows` 1 to 4; `k` a multiple of 8; `tile` the first tile; `tap` bytes from a tile to its tap; `extras` where places of extra
 * steps and of orders count from. The result goes to `c`: bytes where `raw` is false; else 32-bit sums, which the product is added to.
 */
/** Bytes before the weights of a tap: corrections, extra steps. */
export const TAP_HEADER: usize = 48;
/** Bytes of a tile before its first tap: scales, biases. */
export const TILE_HEADER: usize = 64;
/** Bytes of four K of 8 columns. */
export const QUAD_BYTES: usize = 32;
/** Bytes of an extra step: its place in K (4), then 4 K × 8 columns of weights. */
export const EXTRA_BYTES: usize = 36;

/** The weights of a tap. @inline */
export function tapWeights(tap: usize): usize {
  return tap + <usize>load<u32>(tap, 40);
}

/** Which way a matrix is packed: `Q8_PATH` in module.ts. */
export const PAIRS: i32 = 0;
export const OCTETS: i32 = 1;
export const QUADS: i32 = 2;
export const NARROW: i32 = 3;
export const MATCHED: i32 = 4;

/** Stores eight sums. @inline */
export function storeSums(s0: v128, s1: v128, c: usize): void {
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

/** Adds eight sums to those at `c`. @inline */
export function addSums(s0: v128, s1: v128, c: usize): void {
  storeSums(i32x4.add(v128.load(c), s0), i32x4.add(v128.load(c, 16), s1), c);
}
