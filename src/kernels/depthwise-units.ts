/**
 * Units of the depthwise convolution: four output pixels of a row × all channels, four at a time, over the kernel rows on the map.
 *
 * Every input column is loaded once and serves each of the four pixels whose window it lies in. Columns off the map are skipped by a test,
 * which goes the same way for all channels and so costs nothing beside the products.
 *
 * Arguments: `x` column 0 (pixel 0, first tap; may be off the map) of the first kernel row on the map; `y` pixel 0; `bias` and `w` the
 * weights of the first four channels, `w` at the first tap of that kernel row; `c` channels; `taps` kernel rows on the map; `mask` bit i set
 * where column i is on the map; `pixels` of the four that exist; then the distances between kernel rows, columns and output pixels.
 */
import { activate } from "./activation";
import { madd } from "./simd";

/** Stores the sums of the pixels that exist. @inline */
function store4(y: usize, s0: v128, s1: v128, s2: v128, s3: v128, pixels: i32, outBytes: usize): void {
  v128.store(y, activate(s0));
  if (pixels > 1) v128.store(y + outBytes, activate(s1));
  if (pixels > 2) v128.store(y + 2 * outBytes, activate(s2));
  if (pixels > 3) v128.store(y + 3 * outBytes, activate(s3));
}

/** 3×3, stride 1: four pixels see 6 columns. */
export function unit3s1(
  x: usize,
  y: usize,
  bias: usize,
  w: usize,
  c: i32,
  taps: i32,
  mask: i32,
  pixels: i32,
  rowBytes: usize,
  columnBytes: usize,
  outBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s0 = v128.load(bias);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let row = x;
    let t = w;
    for (let i = taps; i > 0; i--) {
      const w0 = v128.load(t);
      const w1 = v128.load(t, 16);
      const w2 = v128.load(t, 32);
      let p = row;
      if (mask & 1) s0 = madd(v128.load(p), w0, s0);
      p += columnBytes;
      if (mask & 2) {
        const v = v128.load(p);
        s0 = madd(v, w1, s0);
        s1 = madd(v, w0, s1);
      }
      p += columnBytes;
      if (mask & 4) {
        const v = v128.load(p);
        s0 = madd(v, w2, s0);
        s1 = madd(v, w1, s1);
        s2 = madd(v, w0, s2);
      }
      p += columnBytes;
      if (mask & 8) {
        const v = v128.load(p);
        s1 = madd(v, w2, s1);
        s2 = madd(v, w1, s2);
        s3 = madd(v, w0, s3);
      }
      p += columnBytes;
      if (mask & 16) {
        const v = v128.load(p);
        s2 = madd(v, w2, s2);
        s3 = madd(v, w1, s3);
      }
      p += columnBytes;
      if (mask & 32) s3 = madd(v128.load(p), w2, s3);
      row += rowBytes;
      t += 48;
    }
    store4(y, s0, s1, s2, s3, pixels, outBytes);
    x += 16;
    y += 16;
    bias += 160;
    w += 160;
  }
}

/** 3×3, stride 2: four pixels see 9 columns. */
export function unit3s2(
  x: usize,
  y: usize,
  bias: usize,
  w: usize,
  c: i32,
  taps: i32,
  mask: i32,
  pixels: i32,
  rowBytes: usize,
  columnBytes: usize,
  outBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s0 = v128.load(bias);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let row = x;
    let t = w;
    for (let i = taps; i > 0; i--) {
      const w0 = v128.load(t);
      const w1 = v128.load(t, 16);
      const w2 = v128.load(t, 32);
      let p = row;
      if (mask & 1) s0 = madd(v128.load(p), w0, s0);
      p += columnBytes;
      if (mask & 2) s0 = madd(v128.load(p), w1, s0);
      p += columnBytes;
      if (mask & 4) {
        const v = v128.load(p);
        s0 = madd(v, w2, s0);
        s1 = madd(v, w0, s1);
      }
      p += columnBytes;
      if (mask & 8) s1 = madd(v128.load(p), w1, s1);
      p += columnBytes;
      if (mask & 16) {
        const v = v128.load(p);
        s1 = madd(v, w2, s1);
        s2 = madd(v, w0, s2);
      }
      p += columnBytes;
      if (mask & 32) s2 = madd(v128.load(p), w1, s2);
      p += columnBytes;
      if (mask & 64) {
        const v = v128.load(p);
        s2 = madd(v, w2, s2);
        s3 = madd(v, w0, s3);
      }
      p += columnBytes;
      if (mask & 128) s3 = madd(v128.load(p), w1, s3);
      p += columnBytes;
      if (mask & 256) s3 = madd(v128.load(p), w2, s3);
      row += rowBytes;
      t += 48;
    }
    store4(y, s0, s1, s2, s3, pixels, outBytes);
    x += 16;
    y += 16;
    bias += 160;
    w += 160;
  }
}

/** 5×5, stride 1: four pixels see 8 columns. */
export function unit5s1(
  x: usize,
  y: usize,
  bias: usize,
  w: usize,
  c: i32,
  taps: i32,
  mask: i32,
  pixels: i32,
  rowBytes: usize,
  columnBytes: usize,
  outBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s0 = v128.load(bias);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let row = x;
    let t = w;
    for (let i = taps; i > 0; i--) {
      const w0 = v128.load(t);
      const w1 = v128.load(t, 16);
      const w2 = v128.load(t, 32);
      const w3 = v128.load(t, 48);
      const w4 = v128.load(t, 64);
      let p = row;
      if (mask & 1) s0 = madd(v128.load(p), w0, s0);
      p += columnBytes;
      if (mask & 2) {
        const v = v128.load(p);
        s0 = madd(v, w1, s0);
        s1 = madd(v, w0, s1);
      }
      p += columnBytes;
      if (mask & 4) {
        const v = v128.load(p);
        s0 = madd(v, w2, s0);
        s1 = madd(v, w1, s1);
        s2 = madd(v, w0, s2);
      }
      p += columnBytes;
      if (mask & 8) {
        const v = v128.load(p);
        s0 = madd(v, w3, s0);
        s1 = madd(v, w2, s1);
        s2 = madd(v, w1, s2);
        s3 = madd(v, w0, s3);
      }
      p += columnBytes;
      if (mask & 16) {
        const v = v128.load(p);
        s0 = madd(v, w4, s0);
        s1 = madd(v, w3, s1);
        s2 = madd(v, w2, s2);
        s3 = madd(v, w1, s3);
      }
      p += columnBytes;
      if (mask & 32) {
        const v = v128.load(p);
        s1 = madd(v, w4, s1);
        s2 = madd(v, w3, s2);
        s3 = madd(v, w2, s3);
      }
      p += columnBytes;
      if (mask & 64) {
        const v = v128.load(p);
        s2 = madd(v, w4, s2);
        s3 = madd(v, w3, s3);
      }
      p += columnBytes;
      if (mask & 128) s3 = madd(v128.load(p), w4, s3);
      row += rowBytes;
      t += 80;
    }
    store4(y, s0, s1, s2, s3, pixels, outBytes);
    x += 16;
    y += 16;
    bias += 416;
    w += 416;
  }
}

/** 5×5, stride 2: four pixels see 11 columns. */
export function unit5s2(
  x: usize,
  y: usize,
  bias: usize,
  w: usize,
  c: i32,
  taps: i32,
  mask: i32,
  pixels: i32,
  rowBytes: usize,
  columnBytes: usize,
  outBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s0 = v128.load(bias);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let row = x;
    let t = w;
    for (let i = taps; i > 0; i--) {
      const w0 = v128.load(t);
      const w1 = v128.load(t, 16);
      const w2 = v128.load(t, 32);
      const w3 = v128.load(t, 48);
      const w4 = v128.load(t, 64);
      let p = row;
      if (mask & 1) s0 = madd(v128.load(p), w0, s0);
      p += columnBytes;
      if (mask & 2) s0 = madd(v128.load(p), w1, s0);
      p += columnBytes;
      if (mask & 4) {
        const v = v128.load(p);
        s0 = madd(v, w2, s0);
        s1 = madd(v, w0, s1);
      }
      p += columnBytes;
      if (mask & 8) {
        const v = v128.load(p);
        s0 = madd(v, w3, s0);
        s1 = madd(v, w1, s1);
      }
      p += columnBytes;
      if (mask & 16) {
        const v = v128.load(p);
        s0 = madd(v, w4, s0);
        s1 = madd(v, w2, s1);
        s2 = madd(v, w0, s2);
      }
      p += columnBytes;
      if (mask & 32) {
        const v = v128.load(p);
        s1 = madd(v, w3, s1);
        s2 = madd(v, w1, s2);
      }
      p += columnBytes;
      if (mask & 64) {
        const v = v128.load(p);
        s1 = madd(v, w4, s1);
        s2 = madd(v, w2, s2);
        s3 = madd(v, w0, s3);
      }
      p += columnBytes;
      if (mask & 128) {
        const v = v128.load(p);
        s2 = madd(v, w3, s2);
        s3 = madd(v, w1, s3);
      }
      p += columnBytes;
      if (mask & 256) {
        const v = v128.load(p);
        s2 = madd(v, w4, s2);
        s3 = madd(v, w2, s3);
      }
      p += columnBytes;
      if (mask & 512) s3 = madd(v128.load(p), w3, s3);
      p += columnBytes;
      if (mask & 1024) s3 = madd(v128.load(p), w4, s3);
      row += rowBytes;
      t += 80;
    }
    store4(y, s0, s1, s2, s3, pixels, outBytes);
    x += 16;
    y += 16;
    bias += 416;
    w += 416;
  }
}
