/**
 * What the processor can do at most: loops that the kernels' figures are held against. Compiled by `npm run kernels`.
 */

/** Fused multiply-adds on registers alone: 12 accumulators, 48 multiply-adds of single floats a turn. */
export function multiplyAdd(turns: i32, at: usize): f32 {
  const x = v128.load(at);
  const y = v128.load(at, 16);
  let s0 = x;
  let s1 = x;
  let s2 = x;
  let s3 = x;
  let s4 = x;
  let s5 = x;
  let s6 = x;
  let s7 = x;
  let s8 = x;
  let s9 = x;
  let s10 = x;
  let s11 = x;
  for (; turns > 0; turns--) {
    s0 = f32x4.relaxed_madd(x, y, s0);
    s1 = f32x4.relaxed_madd(x, y, s1);
    s2 = f32x4.relaxed_madd(x, y, s2);
    s3 = f32x4.relaxed_madd(x, y, s3);
    s4 = f32x4.relaxed_madd(x, y, s4);
    s5 = f32x4.relaxed_madd(x, y, s5);
    s6 = f32x4.relaxed_madd(x, y, s6);
    s7 = f32x4.relaxed_madd(x, y, s7);
    s8 = f32x4.relaxed_madd(x, y, s8);
    s9 = f32x4.relaxed_madd(x, y, s9);
    s10 = f32x4.relaxed_madd(x, y, s10);
    s11 = f32x4.relaxed_madd(x, y, s11);
  }
  s0 = f32x4.add(
    f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)),
    f32x4.add(f32x4.add(s4, s5), f32x4.add(s6, s7)),
  );
  s0 = f32x4.add(s0, f32x4.add(f32x4.add(s8, s9), f32x4.add(s10, s11)));
  return f32x4.extract_lane(s0, 0);
}

/** Dot products of bytes on registers alone: 12 accumulators, 192 multiply-adds of bytes a turn. */
export function dotBytes(turns: i32, at: usize): i32 {
  const x = v128.load(at);
  const y = v128.load(at, 16);
  let s0 = x;
  let s1 = x;
  let s2 = x;
  let s3 = x;
  let s4 = x;
  let s5 = x;
  let s6 = x;
  let s7 = x;
  let s8 = x;
  let s9 = x;
  let s10 = x;
  let s11 = x;
  for (; turns > 0; turns--) {
    s0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s0);
    s1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s1);
    s2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s2);
    s3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s3);
    s4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s4);
    s5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s5);
    s6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s6);
    s7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s7);
    s8 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s8);
    s9 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s9);
    s10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s10);
    s11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(x, y, s11);
  }
  s0 = i32x4.add(
    i32x4.add(i32x4.add(s0, s1), i32x4.add(s2, s3)),
    i32x4.add(i32x4.add(s4, s5), i32x4.add(s6, s7)),
  );
  s0 = i32x4.add(s0, i32x4.add(i32x4.add(s8, s9), i32x4.add(s10, s11)));
  return i32x4.extract_lane(s0, 0);
}

/**
 * Two dot products of bytes, added in 16 bits before they are widened (q8-octets.ts). Of the sum itself, lest they be the same in each turn; of no other
 * one, for which it would wait.
 * @inline
 */
function octet(s: v128, x: v128, y: v128, ones: v128): v128 {
  const eight = i16x8.add(i16x8.relaxed_dot_i8x16_i7x16_s(s, x), i16x8.relaxed_dot_i8x16_i7x16_s(s, y));
  return i32x4.add(s, i32x4.dot_i16x8_s(eight, ones));
}

/** Dot products of small bytes on registers alone: 10 accumulators, 320 multiply-adds of bytes a turn. */
export function dotOctets(turns: i32, at: usize): i32 {
  const x = v128.load(at);
  const y = v128.load(at, 16);
  const ones = i16x8.splat(1);
  let s0 = x;
  let s1 = x;
  let s2 = x;
  let s3 = x;
  let s4 = x;
  let s5 = x;
  let s6 = x;
  let s7 = x;
  let s8 = x;
  let s9 = x;
  for (; turns > 0; turns--) {
    s0 = octet(s0, x, y, ones);
    s1 = octet(s1, x, y, ones);
    s2 = octet(s2, x, y, ones);
    s3 = octet(s3, x, y, ones);
    s4 = octet(s4, x, y, ones);
    s5 = octet(s5, x, y, ones);
    s6 = octet(s6, x, y, ones);
    s7 = octet(s7, x, y, ones);
    s8 = octet(s8, x, y, ones);
    s9 = octet(s9, x, y, ones);
  }
  s0 = i32x4.add(
    i32x4.add(i32x4.add(s0, s1), i32x4.add(s2, s3)),
    i32x4.add(i32x4.add(s4, s5), i32x4.add(s6, s7)),
  );
  return i32x4.extract_lane(i32x4.add(s0, i32x4.add(s8, s9)), 0);
}

/** Copies `bytes` (a multiple of 64) from one place to another, over and over. */
export function copyBytes(turns: i32, from: usize, to: usize, bytes: usize): void {
  for (; turns > 0; turns--) {
    for (let i: usize = 0; i < bytes; i += 64) {
      v128.store(to + i, v128.load(from + i));
      v128.store(to + i, v128.load(from + i, 16), 16);
      v128.store(to + i, v128.load(from + i, 32), 32);
      v128.store(to + i, v128.load(from + i, 48), 48);
    }
  }
}

/** Reads `bytes` (a multiple of 64), over and over. */
export function readBytes(turns: i32, from: usize, bytes: usize): i32 {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; turns > 0; turns--) {
    for (let i: usize = 0; i < bytes; i += 64) {
      s0 = v128.xor(s0, v128.load(from + i));
      s1 = v128.xor(s1, v128.load(from + i, 16));
      s2 = v128.xor(s2, v128.load(from + i, 32));
      s3 = v128.xor(s3, v128.load(from + i, 48));
    }
  }
  return i32x4.extract_lane(v128.xor(v128.xor(s0, s1), v128.xor(s2, s3)), 0);
}
