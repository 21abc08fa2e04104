/**
 * Unfolding (im2col) of rows of bytes: what lies under the kernel becomes a row of a matrix, for the integer stem's matrix product.
 */

/** Copies 16 bytes. What goes too far is written over by what comes next. @inline */
function copy16(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
}

export function unfoldQ8(
  x: usize,
  xRow: usize,
  stepY: usize,
  stepX: usize,
  y: usize,
  ld: usize,
  rows: i32,
  oW: i32,
  kh: i32,
  run: i32,
): void {
  const whole = <usize>oW * ld;
  for (; rows > 0; rows--, x += stepY, y += whole) {
    if (kh === 3 && run <= 16) unfoldThree(x, xRow, stepX, y, ld, oW, run);
    else unfoldAny(x, xRow, stepX, y, ld, oW, kh, run);
  }
}

/** A row of results of a kernel of three rows, of at most 16 bytes each. */
function unfoldThree(x: usize, xRow: usize, stepX: usize, y: usize, ld: usize, oW: i32, run: usize): void {
  for (; oW > 0; oW--, x += stepX, y += ld) {
    copy16(x, y);
    copy16(x + xRow, y + run);
    copy16(x + 2 * xRow, y + 2 * run);
  }
}

/** A row of results of any kernel. */
function unfoldAny(
  x: usize,
  xRow: usize,
  stepX: usize,
  y: usize,
  ld: usize,
  oW: i32,
  kh: i32,
  run: usize,
): void {
  for (; oW > 0; oW--, x += stepX, y += ld) {
    let from = x;
    let to = y;
    for (let ky = 0; ky < kh; ky++, from += xRow, to += run) {
      for (let i: usize = 0; i < run; i += 16) copy16(from + i, to + i);
    }
  }
}
