/**
 * A tile of the integer matrix product of few K (q8-narrow.ts). Its weights, scales and biases stay in registers while many rows go by, or on the stack,
 * where reading them takes no check of bounds.
 */
import { finishRows } from "./q8-finish-rows";
import { addHigh, addLow, narrowFour, rounded, swish } from "./q8-floats";
import {
  ceiling,
  HARDSWISH,
  limit,
  offset,
  residualScale,
  residualZero,
  rounder,
  scaled,
  shift,
} from "./q8-requant";
import { addSums, TILE_HEADER, tapWeights } from "./q8-tiles";
import { splat0, splat1, splat2, splat3 } from "./simd";

/** Any end: other modes, raw sums. */
export const ANY: i32 = -1;

/** Four K of four columns. @inline */
function step(s: v128, w: v128, x: v128, ones: v128): v128 {
  return i32x4.add(s, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(w, x), ones));
}

/**
 * A tile of 8 columns for `m` rows, two at a time.
 *
 * @param long whether K is 24, not 16
 * @param end what becomes of the sums: `LINEAR` or `HARDSWISH` without a bound below, whose loop then has its constants in registers; or {@link ANY}
 * @param added whether there is a residual `r`
 * @param raw whether sums are added to those at `c`; only with {@link ANY}
 * @inline
 */
export function narrowTile(
  long: bool,
  end: i32,
  m: i32,
  a: usize,
  lda: usize,
  tile: usize,
  c: usize,
  ldc: usize,
  added: bool,
  r: usize,
  ldr: usize,
  raw: bool,
): void {
  const ones = i16x8.splat(1);
  const scale0 = v128.load(tile);
  const scale1 = v128.load(tile, 16);
  // Sums at c have started with the bias.
  const start = raw ? tile + TILE_HEADER : tile + 32;
  const bias0 = v128.load(start);
  const bias1 = v128.load(start, 16);
  const magic = rounder;
  const less = offset;
  const most = ceiling;
  const three = shift;
  const six = limit;
  const zero = residualZero;
  const by = residualScale;
  const b = tapWeights(tile + TILE_HEADER);
  const w00 = v128.load(b);
  const w01 = v128.load(b, 16);
  const w10 = v128.load(b, 32);
  const w11 = v128.load(b, 48);
  const w20 = v128.load(b, 64);
  const w21 = v128.load(b, 80);
  const w30 = v128.load(b, 96);
  const w31 = v128.load(b, 112);
  const w40 = long ? v128.load(b, 128) : ones;
  const w41 = long ? v128.load(b, 144) : ones;
  const w50 = long ? v128.load(b, 160) : ones;
  const w51 = long ? v128.load(b, 176) : ones;
  for (; m > 0; m -= 2) {
    // A row that does not exist repeats the one before.
    const two = m > 1;
    const next = two ? a + lda : a;
    let row = v128.load(a);
    let x = splat0(row);
    let s00 = step(bias0, w00, x, ones);
    let s01 = step(bias1, w01, x, ones);
    x = splat1(row);
    s00 = step(s00, w10, x, ones);
    s01 = step(s01, w11, x, ones);
    x = splat2(row);
    s00 = step(s00, w20, x, ones);
    s01 = step(s01, w21, x, ones);
    x = splat3(row);
    s00 = step(s00, w30, x, ones);
    s01 = step(s01, w31, x, ones);
    if (long) {
      x = v128.load32_splat(a, 16);
      s00 = step(s00, w40, x, ones);
      s01 = step(s01, w41, x, ones);
      x = v128.load32_splat(a, 20);
      s00 = step(s00, w50, x, ones);
      s01 = step(s01, w51, x, ones);
    }
    row = v128.load(next);
    x = splat0(row);
    let s10 = step(bias0, w00, x, ones);
    let s11 = step(bias1, w01, x, ones);
    x = splat1(row);
    s10 = step(s10, w10, x, ones);
    s11 = step(s11, w11, x, ones);
    x = splat2(row);
    s10 = step(s10, w20, x, ones);
    s11 = step(s11, w21, x, ones);
    x = splat3(row);
    s10 = step(s10, w30, x, ones);
    s11 = step(s11, w31, x, ones);
    if (long) {
      x = v128.load32_splat(next, 16);
      s10 = step(s10, w40, x, ones);
      s11 = step(s11, w41, x, ones);
      x = v128.load32_splat(next, 20);
      s10 = step(s10, w50, x, ones);
      s11 = step(s11, w51, x, ones);
    }
    if (end !== ANY) {
      s00 = scaled(s00, scale0);
      s01 = scaled(s01, scale1);
      s10 = scaled(s10, scale0);
      s11 = scaled(s11, scale1);
      if (added) {
        const p = i16x8.sub(v128.load_ext<u8>(r), zero);
        const q = i16x8.sub(v128.load_ext<u8>(two ? r + ldr : r), zero);
        s00 = addLow(s00, p, by);
        s01 = addHigh(s01, p, by);
        s10 = addLow(s10, q, by);
        s11 = addHigh(s11, q, by);
      }
      if (end === HARDSWISH) {
        s00 = swish(s00, three, six);
        s01 = swish(s01, three, six);
        s10 = swish(s10, three, six);
        s11 = swish(s11, three, six);
      }
      const y = narrowFour(
        rounded(s00, magic, less),
        rounded(s01, magic, less),
        rounded(s10, magic, less),
        rounded(s11, magic, less),
        most,
      );
      v128.store64_lane(c, y, 0);
      if (two) v128.store64_lane(c + ldc, y, 1);
    } else if (raw) {
      addSums(s00, s01, c);
      if (two) addSums(s10, s11, c + ldc);
    } else {
      finishRows(two, s00, s01, s10, s11, scale0, scale1, c, ldc, r, ldr);
    }
    a += 2 * lda;
    c += 2 * ldc;
    if (added) r += 2 * ldr;
  }
}
