/**
 * Transposed convolution 2×2 of stride 2: no two taps meet, so each of the four is a matrix product whose rows are spread over the output.
 */
import { activateRows, isSeldom, setActivation } from "./activation";
import { gemmF32 } from "./gemm";

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
  const matrix = <usize>(cin + 1) * <usize>((cout + 7) >> 3) * 32;
  // An activation that goes over whole rows is left for when they are whole.
  const later = isSeldom(act);
  const code = later ? 0 : act;
  for (; rows > 0; rows--, x += xRow, y += 2 * yRow) {
    for (let tap: usize = 0; tap < 4; tap++) {
      const to = y + (tap >> 1) * yRow + (tap & 1) * yPix;
      gemmF32(xW, cout, cin, x, xPix, w + tap * matrix, to, 2 * yPix, 0, 0, code, lo, hi);
    }
    if (later) {
      setActivation(act, lo, hi);
      activateRows(2 * xW, cout, y, yPix);
      activateRows(2 * xW, cout, y + yRow, yPix);
    }
  }
}
