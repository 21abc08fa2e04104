/**
 * Sixteen bytes as floats, four at a time: each moved to the bottom of its 32 bits by one shuffle. The masks are globals, which a loop takes into locals
 * (see q8-requant.ts).
 */

/** Where bytes 0 to 3 go; nothing elsewhere. */
export const first: v128 = i8x16(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, 3, -1, -1, -1);
/** Where bytes 4 to 7 go, and so on. */
export const second: v128 = i8x16(4, -1, -1, -1, 5, -1, -1, -1, 6, -1, -1, -1, 7, -1, -1, -1);
export const third: v128 = i8x16(8, -1, -1, -1, 9, -1, -1, -1, 10, -1, -1, -1, 11, -1, -1, -1);
export const fourth: v128 = i8x16(12, -1, -1, -1, 13, -1, -1, -1, 14, -1, -1, -1, 15, -1, -1, -1);

/** Four of sixteen bytes, less a zero point. Exact, hence the same in any build. @inline */
export function spread(bytes: v128, mask: v128, zero: v128): v128 {
  const four = ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(bytes, mask) : i8x16.swizzle(bytes, mask);
  return f32x4.sub(f32x4.convert_i32x4_s(four), zero);
}
