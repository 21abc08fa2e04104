/**
 * What this processor's relaxed dot products do: asked once, since it decides how integer matrices are packed.
 */
import { OCTETS, PAIRS, QUADS } from "./q8-tiles";

/**
 * The fastest exact way: `PAIRS`, `OCTETS` or `QUADS`; plus 256 where quads take the activations as signed.
 *
 * Four products of a weight of 127 and an activation of 255 are 129,540 where the second operand is unsigned and sums are wide; -508 where it
 * is signed; two times 32,767 where pairs saturate. The negative side and small numbers are asked too.
 */
export function dotPathQ8(): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return PAIRS;
  const zero = i32x4.splat(0);
  const large = i8x16.splat(127);
  const least = i8x16.splat(-128);
  const full = i8x16.splat(-1); // 255, or -1
  const small = i8x16.splat(64);
  const quad = i32x4.extract_lane(i32x4.relaxed_dot_i8x16_i7x16_add_s(large, full, zero), 0);
  const quadLeast = i32x4.extract_lane(i32x4.relaxed_dot_i8x16_i7x16_add_s(least, full, zero), 0);
  if (i32x4.extract_lane(i32x4.relaxed_dot_i8x16_i7x16_add_s(least, small, zero), 0) !== -32768) return PAIRS;
  if (quad === 129540 && quadLeast === -130560) return QUADS;
  if (quad === -508 && quadLeast === 512) return QUADS + 256;
  const pair = i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(large, full), 0);
  const pairLeast = i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(least, full), 0);
  const pairSmall = i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(small, full), 0);
  return pair === 32767 && pairLeast === -32768 && pairSmall === 32640 ? OCTETS : PAIRS;
}
