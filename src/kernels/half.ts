/**
 * Half-precision floats.
 */

/** Four halves in the low 16 bits of the lanes, widened exactly (subnormals, infinities and NaN included). @inline */
function widen4(h: v128): v128 {
  const sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16);
  const magnitude = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  // The exponent is rebased by a product with 2^112, which is exact and brings subnormals to their place.
  const scaled = f32x4.mul(magnitude, f32x4.splat(5.192296858534828e33));
  // Infinity and NaN: exponent all ones.
  const special = v128.and(i32x4.ge_s(magnitude, i32x4.splat(0x0f800000)), i32x4.splat(0x7f800000));
  return v128.or(v128.or(scaled, special), sign);
}

export function widenF16(n: i32, x: usize, y: usize): void {
  for (; n >= 8; n -= 8) {
    const h = v128.load(x);
    v128.store(y, widen4(u32x4_low(h)));
    v128.store(y, widen4(u32x4_high(h)), 16);
    x += 16;
    y += 32;
  }
  for (; n > 0; n--) {
    f32.store(y, f32x4.extract_lane(widen4(i32x4.splat(load<u16>(x))), 0));
    x += 2;
    y += 4;
  }
}

/** @inline */
function u32x4_low(h: v128): v128 {
  return i32x4.extend_low_i16x8_u(h);
}

/** @inline */
function u32x4_high(h: v128): v128 {
  return i32x4.extend_high_i16x8_u(h);
}
