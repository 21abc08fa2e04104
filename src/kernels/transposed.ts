/**
 * Transposed convolution 2×2 of stride 2: no two taps meet, so each of the four is a matrix product whose rows are spread over the output. Of a
 * single channel, the four are the columns of one product.
 */
import { activateRows, isSeldom, setActivation } from "./activation";
import { gemmF32 } from "./gemm";
import { row4Narrow } from "./gemm-narrow";
import { splat0, splat1, splat2, splat3 } from "./simd";

/** One row of inputs to two rows of a single channel. The activation has been set. */
function singleChannelRow(
  x: usize,
  xPix: usize,
  y: usize,
  yRow: usize,
  yPix: usize,
  xW: i32,
  cin: i32,
  w: usize,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  // Activated while they lie densely, in the first half of the second row.
  const below = y + yRow;
  const fours = xW & ~3;
  let from = x;
  let to = below;
  for (let i = fours; i > 0; i -= 4, from += 4 * xPix, to += 4 * yPix) {
    row4Narrow(cin, from, xPix, w + 32, w, to, yPix, 0, 0, true);
  }
  activateRows(fours, 4, below, yPix);
  if (fours < xW) gemmF32(xW - fours, 4, cin, from, xPix, w, to, yPix, 0, 0, act, lo, hi);
  // From the last on: so none is overwritten before it is read.
  for (let i = <usize>xW; i > 0; ) {
    i--;
    const v = v128.load(below + i * yPix);
    const at = 2 * i * yPix;
    v128.store(y + at, splat0(v));
    v128.store(y + at + yPix, splat1(v));
    v128.store(below + at, splat2(v));
    v128.store(below + at + yPix, splat3(v));
  }
}

export function transposed2x2F32(
  x: usize,
  xRow: usize,
  xPix: usize,
  y: usize,
  yRow: usize,
  yPix: usize,
  rows: i32,
  xW: i32,
  cin: i32,
  cout: i32,
  w: usize,
  act: i32,
  lo: f32,
  hi: f32,
): void {
  setActivation(act, lo, hi);
  const columns = (cout + 3) & ~3;
  const matrix = <usize>(cin + 1) * <usize>((columns + 7) >> 3) * 32;
  // An activation that goes over whole rows is left for when they are whole.
  const later = isSeldom(act);
  const code = later ? 0 : act;
  for (; rows > 0; rows--, x += xRow, y += 2 * yRow) {
    if (cout === 1) {
      singleChannelRow(x, xPix, y, yRow, yPix, xW, cin, w, act, lo, hi);
      continue;
    }
    for (let tap: usize = 0; tap < 4; tap++) {
      const to = y + (tap >> 1) * yRow + (tap & 1) * yPix;
      gemmF32(xW, columns, cin, x, xPix, w + tap * matrix, to, 2 * yPix, 0, 0, code, lo, hi);
    }
    if (later) {
      setActivation(act, lo, hi);
      activateRows(2 * xW, columns, y, yPix);
      activateRows(2 * xW, columns, y + yRow, yPix);
    }
  }
}
