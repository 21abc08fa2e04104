/**
 * Rows of pixels as an integer stem reads them: each byte becomes the quantized value of its normalised self, with the zero point on both sides. Nothing
 * here may be contracted to a fused multiply-add: whoever calls has tried all 256 bytes of each channel, with two roundings.
 */
import { offset, rounder, setLinear } from "./q8-requant";

/** Bytes of the map before its tables: a factor and an offset for each of twelve values. */
const TABLES: usize = 96;

export function pixelRowsQ8(
  x: usize,
  xRow: usize,
  rows: i32,
  xW: i32,
  y: usize,
  yRow: usize,
  padLeft: i32,
  columns: i32,
  map: usize,
  affine: i32,
  zero: i32,
): void {
  setLinear(0, 0, zero);
  const left = <usize>padLeft * 3;
  for (; rows > 0; rows--, x += xRow, y += yRow) {
    if (affine) mapRow(x, xW, map, y + left);
    else lookUpRow(x, xW, map + TABLES, y + left);
    fillBytes(zero, y, y + left);
    fillBytes(zero, y + left + <usize>xW * 3, y + <usize>columns * 3);
  }
}

/** Fills what is at most a few pixels. @inline */
function fillBytes(value: i32, from: usize, to: usize): void {
  for (; from < to; from++) store<u8>(from, value);
}

/** Four widened bytes to what they become, zero point added; not yet bounded. `magic` and `less` are `rounder` and `offset`. @inline */
function mapFour(x: v128, scale: v128, shift: v128, magic: v128, less: v128): v128 {
  const steps = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(x), scale), shift);
  return i32x4.sub(f32x4.add(steps, magic), less);
}

/** Four pixels at a time; the last may go too far. */
function mapRow(from: usize, pixels: i32, map: usize, to: usize): void {
  const scale0 = v128.load(map);
  const scale1 = v128.load(map, 16);
  const scale2 = v128.load(map, 32);
  const shift0 = v128.load(map, 48);
  const shift1 = v128.load(map, 64);
  const shift2 = v128.load(map, 80);
  const magic = rounder;
  const less = offset;
  for (; pixels > 0; pixels -= 4) {
    const bytes = v128.load(from);
    const first = i16x8.extend_low_i8x16_u(bytes);
    const last = i16x8.extend_high_i8x16_u(bytes);
    const y0 = mapFour(i32x4.extend_low_i16x8_u(first), scale0, shift0, magic, less);
    const y1 = mapFour(i32x4.extend_high_i16x8_u(first), scale1, shift1, magic, less);
    const y2 = mapFour(i32x4.extend_low_i16x8_u(last), scale2, shift2, magic, less);
    v128.store(to, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(y0, y1), i16x8.narrow_i32x4_s(y2, y2)));
    from += 12;
    to += 12;
  }
}

/** Looks a row of RGB pixels up. */
function lookUpRow(from: usize, pixels: i32, tables: usize, to: usize): void {
  for (; pixels > 0; pixels--) {
    store<u8>(to, load<u8>(tables + load<u8>(from)));
    store<u8>(to, load<u8>(tables + load<u8>(from, 1), 256), 1);
    store<u8>(to, load<u8>(tables + load<u8>(from, 2), 512), 2);
    from += 3;
    to += 3;
  }
}
