/**
 * A single row of the integer matrix product by octets, and by matched ones: see q8-tiles.ts.
 */
import { octet } from "./q8-octets";
import { finish8, resultBytes } from "./q8-requant";
import { EXTRA_BYTES, storeSums, tapWeights } from "./q8-tiles";

export function octets1(
  columns: i32,
  k: i32,
  a: usize,
  tile: usize,
  tileBytes: usize,
  tap: usize,
  c: usize,
  raw: bool,
  r: usize,
  extras: usize,
): void {
  const columnBytes: usize = raw ? 32 : resultBytes();
  const ones = i16x8.splat(1);
  for (; columns > 0; columns -= 8) {
    let b = tile + tap;
    let s0 = v128.load(tile, 32);
    let s1 = v128.load(tile, 48);
    if (raw) {
      s0 = i32x4.add(v128.load(c), v128.load(b));
      s1 = i32x4.add(v128.load(c, 16), v128.load(b, 16));
    }
    let extra = extras + load<u32>(b, 32);
    const lastExtra = extra + <usize>load<u32>(b, 36) * EXTRA_BYTES;
    b = tapWeights(b);
    let a0 = a;
    for (const stop = a0 + <usize>k; a0 !== stop; a0 += 8) {
      const x = v128.load32_splat(a0);
      const z = v128.load32_splat(a0, 4);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(octet(v128.load(b), x, v128.load(b, 32), z), ones));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(octet(v128.load(b, 16), x, v128.load(b, 48), z), ones));
      b += 64;
    }
    for (; extra < lastExtra; extra += EXTRA_BYTES) {
      const x = v128.load32_splat(a + <usize>load<u32>(extra));
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(extra, 4), x), ones));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(extra, 20), x), ones));
    }
    if (raw) storeSums(s0, s1, c);
    else finish8(s0, s1, v128.load(tile), v128.load(tile, 16), c, r);
    c += columnBytes;
    if (r) r += 8;
    tile += tileBytes;
  }
}

export function matched1(
  columns: i32,
  k: i32,
  a: usize,
  tile: usize,
  tileBytes: usize,
  tap: usize,
  c: usize,
  raw: bool,
  r: usize,
  extras: usize,
): void {
  const columnBytes: usize = raw ? 32 : resultBytes();
  const ones = i16x8.splat(1);
  for (; columns > 0; columns -= 8) {
    let b = tile + tap;
    let s0 = v128.load(tile, 32);
    let s1 = v128.load(tile, 48);
    if (raw) {
      s0 = i32x4.add(v128.load(c), v128.load(b));
      s1 = i32x4.add(v128.load(c, 16), v128.load(b, 16));
    }
    let extra = extras + load<u32>(b, 32);
    const lastExtra = extra + <usize>load<u32>(b, 36) * EXTRA_BYTES;
    let order = extras + <usize>load<u32>(b, 44);
    b = tapWeights(b);
    for (const stop = b + ((<usize>k) << 3); b !== stop; b += 64) {
      const x = v128.load32_splat(a + <usize>load<u16>(order));
      const z = v128.load32_splat(a + <usize>load<u16>(order, 2));
      order += 4;
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(octet(v128.load(b), x, v128.load(b, 32), z), ones));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(octet(v128.load(b, 16), x, v128.load(b, 48), z), ones));
    }
    for (; extra < lastExtra; extra += EXTRA_BYTES) {
      const x = v128.load32_splat(a + <usize>load<u32>(extra));
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(extra, 4), x), ones));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(extra, 20), x), ones));
    }
    if (raw) storeSums(s0, s1, c);
    else finish8(s0, s1, v128.load(tile), v128.load(tile, 16), c, r);
    c += columnBytes;
    if (r) r += 8;
    tile += tileBytes;
  }
}
