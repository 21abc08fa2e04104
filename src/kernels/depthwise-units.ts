/**
 * Units of the 5×5 depthwise convolution: seven output pixels of a row (a divisor of the maps' sizes at 224 pixels) × all channels, four at a time, over
 * the kernel rows on the map.
 *
 * Every input column is loaded once and serves each of the pixels whose window it lies in. Columns off the map are skipped by a test.
 *
 * Arguments: `mask` bit i set where column i is on the map; `columnBytes` from column to column; `x` column 0 (pixel 0, first tap; may be off the map) of
 * the first kernel row on the map; `w` the weights of the first four channels at the first tap of that kernel row; `y` pixel 0; `bias` of the first four
 * channels; `rowBytes` from kernel row to kernel row; `c` channels; `taps` kernel rows on the map; `pixels` of the seven that exist; `outBytes` from
 * output pixel to output pixel.
 */
import { storeFour } from "./depthwise-store";
import { madd } from "./simd";

/** Pixels of a unit. */
export const UNIT_PIXELS = 7;

/** 5×5, stride 1: 7 pixels see 11 columns. */
export function unit5s1(
  mask: i32,
  columnBytes: usize,
  x: usize,
  w: usize,
  y: usize,
  bias: usize,
  rowBytes: usize,
  c: i32,
  taps: i32,
  pixels: i32,
  outBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s0 = v128.load(bias);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
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
        s4 = madd(v, w0, s4);
      }
      p += columnBytes;
      if (mask & 32) {
        const v = v128.load(p);
        s1 = madd(v, w4, s1);
        s2 = madd(v, w3, s2);
        s3 = madd(v, w2, s3);
        s4 = madd(v, w1, s4);
        s5 = madd(v, w0, s5);
      }
      p += columnBytes;
      if (mask & 64) {
        const v = v128.load(p);
        s2 = madd(v, w4, s2);
        s3 = madd(v, w3, s3);
        s4 = madd(v, w2, s4);
        s5 = madd(v, w1, s5);
        s6 = madd(v, w0, s6);
      }
      p += columnBytes;
      if (mask & 128) {
        const v = v128.load(p);
        s3 = madd(v, w4, s3);
        s4 = madd(v, w3, s4);
        s5 = madd(v, w2, s5);
        s6 = madd(v, w1, s6);
      }
      p += columnBytes;
      if (mask & 256) {
        const v = v128.load(p);
        s4 = madd(v, w4, s4);
        s5 = madd(v, w3, s5);
        s6 = madd(v, w2, s6);
      }
      p += columnBytes;
      if (mask & 512) {
        const v = v128.load(p);
        s5 = madd(v, w4, s5);
        s6 = madd(v, w3, s6);
      }
      p += columnBytes;
      if (mask & 1024) s6 = madd(v128.load(p), w4, s6);
      row += rowBytes;
      t += 80;
    }
    let to = y;
    storeFour(s0, to);
    if (pixels > 1) {
      to += outBytes;
      storeFour(s1, to);
    }
    if (pixels > 2) {
      to += outBytes;
      storeFour(s2, to);
    }
    if (pixels > 3) {
      to += outBytes;
      storeFour(s3, to);
    }
    if (pixels > 4) {
      to += outBytes;
      storeFour(s4, to);
    }
    if (pixels > 5) {
      to += outBytes;
      storeFour(s5, to);
    }
    if (pixels > 6) {
      to += outBytes;
      storeFour(s6, to);
    }
    x += 16;
    y += 16;
    bias += 416;
    w += 416;
  }
}

/** 5×5, stride 2: 7 pixels see 17 columns. */
export function unit5s2(
  mask: i32,
  columnBytes: usize,
  x: usize,
  w: usize,
  y: usize,
  bias: usize,
  rowBytes: usize,
  c: i32,
  taps: i32,
  pixels: i32,
  outBytes: usize,
): void {
  for (; c > 0; c -= 4) {
    let s0 = v128.load(bias);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let s4 = s0;
    let s5 = s0;
    let s6 = s0;
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
        s4 = madd(v, w0, s4);
      }
      p += columnBytes;
      if (mask & 512) {
        const v = v128.load(p);
        s3 = madd(v, w3, s3);
        s4 = madd(v, w1, s4);
      }
      p += columnBytes;
      if (mask & 1024) {
        const v = v128.load(p);
        s3 = madd(v, w4, s3);
        s4 = madd(v, w2, s4);
        s5 = madd(v, w0, s5);
      }
      p += columnBytes;
      if (mask & 2048) {
        const v = v128.load(p);
        s4 = madd(v, w3, s4);
        s5 = madd(v, w1, s5);
      }
      p += columnBytes;
      if (mask & 4096) {
        const v = v128.load(p);
        s4 = madd(v, w4, s4);
        s5 = madd(v, w2, s5);
        s6 = madd(v, w0, s6);
      }
      p += columnBytes;
      if (mask & 8192) {
        const v = v128.load(p);
        s5 = madd(v, w3, s5);
        s6 = madd(v, w1, s6);
      }
      p += columnBytes;
      if (mask & 16384) {
        const v = v128.load(p);
        s5 = madd(v, w4, s5);
        s6 = madd(v, w2, s6);
      }
      p += columnBytes;
      if (mask & 32768) s6 = madd(v128.load(p), w3, s6);
      p += columnBytes;
      if (mask & 65536) s6 = madd(v128.load(p), w4, s6);
      row += rowBytes;
      t += 80;
    }
    let to = y;
    storeFour(s0, to);
    if (pixels > 1) {
      to += outBytes;
      storeFour(s1, to);
    }
    if (pixels > 2) {
      to += outBytes;
      storeFour(s2, to);
    }
    if (pixels > 3) {
      to += outBytes;
      storeFour(s3, to);
    }
    if (pixels > 4) {
      to += outBytes;
      storeFour(s4, to);
    }
    if (pixels > 5) {
      to += outBytes;
      storeFour(s5, to);
    }
    if (pixels > 6) {
      to += outBytes;
      storeFour(s6, to);
    }
    x += 16;
    y += 16;
    bias += 416;
    w += 416;
  }
}
