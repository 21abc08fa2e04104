/**
 * Half-precision floats.
 */

// Constants are globals, read into locals before the loop: V8 would make constant vectors anew in every turn.
let fields: v128 = i64x2.splat(0);
let rebase: v128 = i64x2.splat(0);
let magnitudeBits: v128 = i64x2.splat(0);
let infinity: v128 = i64x2.splat(0);
let floatInfinity: v128 = i64x2.splat(0);

function prepare(): void {
  // Extended by its sign and shifted by 13, a half has its fields where a float has them, with copies of the sign between.
  fields = i32x4.splat(0x8fffe000);
  // 2^112 takes the exponent's bias from 15 to 127.
  rebase = f32x4.splat(5.192296858534828e33);
  magnitudeBits = i16x8.splat(0x7fff);
  infinity = i16x8.splat(0x7c00);
  floatInfinity = i32x4.splat(0x7f800000);
}

/**
 * Four finite halves, as signed integers in 32-bit lanes, widened exactly: the product with 2^112 is exact and brings subnormals to their place.
 * @inline
 */
function widenFinite(h: v128, mask: v128, scale: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shl(h, 13), mask), scale);
}

/** Four halves of any kind: infinity and NaN, whose exponent is all ones, get it anew. @inline */
function widenAny(h: v128): v128 {
  const special = i32x4.ge_s(v128.and(h, i32x4.splat(0x7fff)), i32x4.splat(0x7c00));
  return v128.or(widenFinite(h, fields, rebase), v128.and(special, floatInfinity));
}

/** Halves, infinities and NaN among them, one by one. */
function widenEach(n: i32, x: usize, y: usize): void {
  for (; n > 0; n--) {
    f32.store(y, f32x4.extract_lane(widenAny(i32x4.splat(load<i16>(x))), 0));
    x += 2;
    y += 4;
  }
}

export function widenF16(n: i32, x: usize, y: usize): void {
  prepare();
  const mask = fields;
  const scale = rebase;
  const bits = magnitudeBits;
  const whole = n & ~7;
  let largest = i64x2.splat(0);
  let from = x;
  let to = y;
  for (let i = whole; i > 0; i -= 8) {
    const h = v128.load(from);
    largest = i16x8.max_u(largest, v128.and(h, bits));
    v128.store(to, widenFinite(i32x4.extend_low_i16x8_s(h), mask, scale));
    v128.store(to, widenFinite(i32x4.extend_high_i16x8_s(h), mask, scale), 16);
    from += 16;
    to += 32;
  }
  // Weights are finite; should one not be, all are widened anew.
  if (v128.any_true(i16x8.ge_s(largest, infinity))) widenEach(whole, x, y);
  widenEach(n - whole, from, to);
}
