/**
 * Vector helpers. Functions whose comment says `@inline` are inlined by the build (`tools/kernels/inline.ts`).
 */

/**
 * a · b + c: one rounding in the relaxed build where the processor has fused multiply-add, two elsewhere.
 * @inline
 */
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** Lane 0 everywhere. @inline */
export function splat0(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 0, 0, 0, 0);
}

/** Lane 1 everywhere. @inline */
export function splat1(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 1, 1, 1, 1);
}

/** Lane 2 everywhere. @inline */
export function splat2(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 2, 2, 2, 2);
}

/** Lane 3 everywhere. @inline */
export function splat3(x: v128): v128 {
  return v128.shuffle<i32>(x, x, 3, 3, 3, 3);
}
