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
  const rowBytes = <usize>max(padLeft + xW, (oW - 1) * strideX + kw) * 3;
  const run = <usize>kw * 3;
  memory.fill(scratch, <u8>zero, <usize>kh * rowBytes);
  // Row r of the image is looked up once, into slot r % kh: kernel rows of one output row never share a slot.
  let done = 0;
  for (let oy = oy0; oy < oy1; oy++) {
    // Zeros at the end of each row first: the last run then covers what of them it needs.
    let to = y + ld - 8;
    for (let ox = 0; ox < oW; ox++, to += ld) store<u64>(to, 0);
    for (let ky = 0; ky < kh; ky++) {
      const iy = oy * strideY - padTop + ky;
      to = y + <usize>ky * run;
      if (<u32>iy >= <u32>xH) {
        for (let ox = 0; ox < oW; ox++, to += ld) memory.fill(to, <u8>zero, run);
        continue;
      }
      const slot = scratch + <usize>(iy % kh) * rowBytes;
      if (iy >= done) {
        lookUpRow(x + <usize>iy * xRow, xW, tables, slot + <usize>padLeft * 3);
        done = iy + 1;
      }
      copyRuns(oW, run, slot, <usize>strideX * 3, to, ld);
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

/** Copies runs of bytes, `n` of them. */
function copyRuns(n: i32, bytes: usize, from: usize, fromStride: usize, to: usize, toStride: usize): void {
  if (bytes === 9) {
    // A kernel of three columns.
    for (; n > 0; n--, from += fromStride, to += toStride) {
      store<u64>(to, load<u64>(from));
      store<u8>(to, load<u8>(from, 8), 8);
    }
    return;
  }
  for (; n > 0; n--, from += fromStride, to += toStride) {
    for (let i: usize = 0; i < bytes; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
