/**
 * Half-precision floats.
 */

// Constants are globals, read into locals before the loop: V8 would make constant vectors anew in every turn.
let signBit: v128 = i64x2.splat(0);
let magnitudeBits: v128 = i64x2.splat(0);
let rebase: v128 = i64x2.splat(0);
let infinity: v128 = i64x2.splat(0);
let floatInfinity: v128 = i64x2.splat(0);

function prepare(): void {
  signBit = i32x4.splat(0x8000);
  magnitudeBits = i32x4.splat(0x7fff);
  // 2^112 takes the exponent's bias from 15 to 127.
  rebase = f32x4.splat(5.192296858534828e33);
  infinity = i32x4.splat(0x7c00);
  floatInfinity = i32x4.splat(0x7f800000);
}

/**
 * Four halves, as unsigned integers in 32-bit lanes, widened exactly. The product with 2^112 is exact and brings subnormals to their
 * place; infinity and NaN, whose exponent is all ones, get it anew.
 * @inline
 */
function widen4(h: v128, sign: v128, bits: v128, scale: v128, inf: v128, floatInf: v128): v128 {
  const magnitude = v128.and(h, bits);
  const widened = f32x4.mul(i32x4.shl(magnitude, 13), scale);
  const special = v128.and(i32x4.ge_s(magnitude, inf), floatInf);
  return v128.or(v128.or(widened, special), i32x4.shl(v128.and(h, sign), 16));
}

export function widenF16(n: i32, x: usize, y: usize): void {
  prepare();
  const sign = signBit;
  const bits = magnitudeBits;
  const scale = rebase;
  const inf = infinity;
  const floatInf = floatInfinity;
  for (; n >= 8; n -= 8) {
    const h = v128.load(x);
    v128.store(y, widen4(i32x4.extend_low_i16x8_u(h), sign, bits, scale, inf, floatInf));
    v128.store(y, widen4(i32x4.extend_high_i16x8_u(h), sign, bits, scale, inf, floatInf), 16);
    x += 16;
    y += 32;
  }
  for (; n > 0; n--) {
    const h = i32x4.splat(load<u16>(x));
    f32.store(y, f32x4.extract_lane(widen4(h, sign, bits, scale, inf, floatInf), 0));
    x += 2;
    y += 4;
  }
}
