/**
 * Element by element on bytes. Nothing here may be contracted to a fused multiply-add (see q8-requant.ts).
 */
import { low, setLinear, toBytes } from "./q8-requant";

export function lookupQ8(m: i32, c: i32, x: usize, ldx: usize, y: usize, ldy: usize, table: usize): void {
  for (; m > 0; m--) {
    for (let i: usize = 0; i < <usize>c; i += 4) {
      // Four at a time: one load and one store for four look-ups.
      const four = load<u32>(x + i);
      store<u32>(
        y + i,
        <u32>load<u8>(table + (four & 255)) |
          ((<u32>load<u8>(table + ((four >> 8) & 255))) << 8) |
          ((<u32>load<u8>(table + ((four >> 16) & 255))) << 16) |
          ((<u32>load<u8>(table + (four >> 24))) << 24),
      );
    }
    x += ldx;
    y += ldy;
  }
}

/** Four floats in steps. The lower bound is what becomes of NaN: `pmax` gives its first operand where the two do not compare. @inline */
function steps(x: v128, scale: v128, least: v128): v128 {
  return f32x4.pmax(least, f32x4.div(x, scale));
}

export function quantizeF32(
  m: i32,
  c: i32,
  x: usize,
  ldx: usize,
  y: usize,
  ldy: usize,
  scale: f32,
  zero: i32,
  lo: f32,
  hi: f32,
): void {
  setLinear(lo, hi, zero);
  const s = f32x4.splat(scale);
  const least = low;
  for (; m > 0; m--) {
    let i: usize = 0;
    for (const end = <usize>c & ~7; i < end; i += 8) {
      const from = x + 4 * i;
      const x0 = steps(v128.load(from), s, least);
      const x1 = steps(v128.load(from, 16), s, least);
      v128.store64_lane(y + i, toBytes(x0, x1), 0);
    }
    if (c & 4) {
      const last = steps(v128.load(x + 4 * i), s, least);
      v128.store32_lane(y + i, toBytes(last, last), 0);
    }
    x += ldx;
    y += ldy;
  }
}

export function dequantizeQ8(
  m: i32,
  c: i32,
  x: usize,
  ldx: usize,
  y: usize,
  ldy: usize,
  scale: f32,
  zero: i32,
): void {
  const z = i32x4.splat(zero);
  const s = f32x4.splat(scale);
  for (; m > 0; m--) {
    for (let i: usize = 0; i < <usize>c; i += 4) {
      const v = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x + i)));
      v128.store(y + 4 * i, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(v, z)), s));
    }
    x += ldx;
    y += ldy;
  }
}
