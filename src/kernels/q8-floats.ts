/**
 * Steps of requantization on four floats. Constants are the caller's: of a loop its locals (see q8-requant.ts).
 */

/** The low four of eight 16-bit integers as floats. @inline */
export function lowFloats(eight: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight));
}

/** The high four. @inline */
export function highFloats(eight: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight));
}

/** Adds the low four of eight residuals, times their scale. @inline */
export function addLow(x: v128, eight: v128, scale: v128): v128 {
  return f32x4.add(x, f32x4.mul(lowFloats(eight), scale));
}

/** Adds the high four. @inline */
export function addHigh(x: v128, eight: v128, scale: v128): v128 {
  return f32x4.add(x, f32x4.mul(highFloats(eight), scale));
}

/** x · clamp(x + 3, 0, 6), all in units of its square root: `shift`, `limit`. @inline */
export function swish(x: v128, three: v128, six: v128): v128 {
  return f32x4.mul(x, f32x4.pmin(f32x4.pmax(f32x4.add(x, three), i64x2.splat(0)), six));
}

/** Rounds to whole steps within bounds, times the step: `stepLow`, `stepHigh`, `rounder`, `step`. @inline */
export function stepped(x: v128, least: v128, most: v128, magic: v128, by: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, least), most);
  return f32x4.mul(f32x4.sub(f32x4.add(bounded, magic), magic), by);
}

/**
 * Four floats in steps of the output as integers with the zero point added: `rounder`, `offset`. Not yet bounded above: too large stays too large for any
 * float, since bits of floats are ordered; below they have to be above -`ROUNDER`.
 * @inline
 */
export function rounded(x: v128, magic: v128, less: v128): v128 {
  return i32x4.sub(f32x4.add(x, magic), less);
}

/** Likewise, but bounded below: `low`. @inline */
export function integers(x: v128, lo: v128, magic: v128, less: v128): v128 {
  return rounded(f32x4.pmax(x, lo), magic, less);
}

/** Two rows of eight integers as bytes of at most `most` (`ceiling`), one row in each half. @inline */
export function narrowFour(x0: v128, x1: v128, x2: v128, x3: v128, most: v128): v128 {
  const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(x0, x1), i16x8.narrow_i32x4_s(x2, x3));
  return i8x16.min_u(bytes, most);
}

/** Stores eight results that stay floats, within their bounds. @inline */
export function storeFloats(x0: v128, x1: v128, lo: v128, hi: v128, y: usize): void {
  v128.store(y, f32x4.pmin(f32x4.pmax(x0, lo), hi));
  v128.store(y, f32x4.pmin(f32x4.pmax(x1, lo), hi), 16);
}
