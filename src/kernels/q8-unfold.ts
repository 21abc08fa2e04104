/**
 * Unfolding (im2col) of an 8-bit image for an integer stem: each byte becomes the quantized value of its normalised self, by a table a channel.
 */

export function unfoldQ8(
  x: usize,
  xRow: usize,
  xH: i32,
  xW: i32,
  y: usize,
  ld: usize,
  oy0: i32,
  oy1: i32,
  oW: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  tables: usize,
  zero: i32,
  scratch: usize,
): void {
  const columns = max(padLeft + xW, (oW - 1) * strideX + kw);
  const run = <usize>kw * 3;
  memory.fill(scratch, <u8>zero, <usize>columns * 3);
  for (let oy = oy0; oy < oy1; oy++) {
    // Zeros at the end of each row first: the last run then covers what of them it needs.
    let to = y + ld - 8;
    for (let ox = 0; ox < oW; ox++, to += ld) store<u64>(to, 0);
    for (let ky = 0; ky < kh; ky++) {
      const iy = oy * strideY - padTop + ky;
      const inside = <u32>iy < <u32>xH;
      if (inside) lookUpRow(x + <usize>iy * xRow, xW, tables, scratch + <usize>padLeft * 3);
      to = y + <usize>ky * run;
      let from = scratch;
      for (let ox = 0; ox < oW; ox++, to += ld, from += <usize>strideX * 3) {
        if (inside) copyRun(from, to, run);
        else memory.fill(to, <u8>zero, run);
      }
    }
    y += <usize>oW * ld;
  }
}

/** Looks up a row of RGB pixels. */
function lookUpRow(from: usize, pixels: i32, tables: usize, to: usize): void {
  for (; pixels > 0; pixels--) {
    store<u8>(to, load<u8>(tables + load<u8>(from)));
    store<u8>(to, load<u8>(tables + load<u8>(from, 1), 256), 1);
    store<u8>(to, load<u8>(tables + load<u8>(from, 2), 512), 2);
    from += 3;
    to += 3;
  }
}

/** Copies a short run of bytes. @inline */
function copyRun(from: usize, to: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 8 <= bytes; i += 8) store<u64>(to + i, load<u64>(from + i));
  for (; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
}
