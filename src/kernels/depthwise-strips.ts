/**
 * Strips of the 3×3 depthwise convolution: some pixels of an output row, four channels at a time. The nine weights stay in registers while the window
 * slides, so that every column of the input is loaded once for all of the pixels that see it.
 *
 * Arguments: `x0`, `x1`, `x2` the three input rows, at the second column of the first pixel's window; `y` the first pixel; `w` bias and taps of the
 * first four channels; `c` channels; `n` pixels; `first` whether the first column of the first pixel's window lies on the map, `last` the
 * third of the last one's (all others must); `upper` and `lower` all bits set where the first and third row lie on the map, zero where
 * not (the row's address is then that of another); distances between columns and between output pixels.
 */
import { storeFour, storeTwo } from "./depthwise-store";
import { madd } from "./simd";

export function strip3s1(
  x0: usize,
  x1: usize,
  x2: usize,
  y: usize,
  n: i32,
  columnBytes: usize,
  outBytes: usize,
  w: usize,
  c: i32,
  first: bool,
  last: bool,
  upper: v128,
  lower: v128,
): void {
  for (; c > 0; c -= 4) {
    const bias = v128.load(w);
    const w00 = v128.and(v128.load(w, 16), upper);
    const w01 = v128.and(v128.load(w, 32), upper);
    const w02 = v128.and(v128.load(w, 48), upper);
    const w10 = v128.load(w, 64);
    const w11 = v128.load(w, 80);
    const w12 = v128.load(w, 96);
    const w20 = v128.and(v128.load(w, 112), lower);
    const w21 = v128.and(v128.load(w, 128), lower);
    const w22 = v128.and(v128.load(w, 144), lower);
    let p0 = x0;
    let p1 = x1;
    let p2 = x2;
    let to = y;
    // `s` is the sum of the pixel whose last column comes next, `t` that of the one after.
    let s = bias;
    if (first) {
      s = madd(v128.load(p0 - columnBytes), w00, s);
      s = madd(v128.load(p1 - columnBytes), w10, s);
      s = madd(v128.load(p2 - columnBytes), w20, s);
    }
    let v = v128.load(p0);
    s = madd(v, w01, s);
    let t = madd(v, w00, bias);
    v = v128.load(p1);
    s = madd(v, w11, s);
    t = madd(v, w10, t);
    v = v128.load(p2);
    s = madd(v, w21, s);
    t = madd(v, w20, t);
    let i = n;
    // Two pixels at a time: the loop's own work, and the activation's parameters, serve both.
    for (; i > 2; i -= 2) {
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      v = v128.load(p0);
      s = madd(v, w02, s);
      t = madd(v, w01, t);
      let u = madd(v, w00, bias);
      v = v128.load(p1);
      s = madd(v, w12, s);
      t = madd(v, w11, t);
      u = madd(v, w10, u);
      v = v128.load(p2);
      s = madd(v, w22, s);
      t = madd(v, w21, t);
      u = madd(v, w20, u);
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      v = v128.load(p0);
      t = madd(v, w02, t);
      u = madd(v, w01, u);
      let next = madd(v, w00, bias);
      v = v128.load(p1);
      t = madd(v, w12, t);
      u = madd(v, w11, u);
      next = madd(v, w10, next);
      v = v128.load(p2);
      t = madd(v, w22, t);
      u = madd(v, w21, u);
      next = madd(v, w20, next);
      storeTwo(s, t, to, outBytes);
      to += 2 * outBytes;
      s = u;
      t = next;
    }
    if (i > 1) {
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      s = madd(v128.load(p0), w02, s);
      t = madd(v128.load(p0), w01, t);
      s = madd(v128.load(p1), w12, s);
      t = madd(v128.load(p1), w11, t);
      s = madd(v128.load(p2), w22, s);
      t = madd(v128.load(p2), w21, t);
      storeFour(s, to);
      to += outBytes;
      s = t;
    }
    if (last) {
      s = madd(v128.load(p0 + columnBytes), w02, s);
      s = madd(v128.load(p1 + columnBytes), w12, s);
      s = madd(v128.load(p2 + columnBytes), w22, s);
    }
    storeFour(s, to);
    x0 += 16;
    x1 += 16;
    x2 += 16;
    y += 16;
    w += 160;
  }
}

export function strip3s2(
  x0: usize,
  x1: usize,
  x2: usize,
  y: usize,
  n: i32,
  columnBytes: usize,
  outBytes: usize,
  w: usize,
  c: i32,
  first: bool,
  last: bool,
  upper: v128,
  lower: v128,
): void {
  for (; c > 0; c -= 4) {
    const bias = v128.load(w);
    const w00 = v128.and(v128.load(w, 16), upper);
    const w01 = v128.and(v128.load(w, 32), upper);
    const w02 = v128.and(v128.load(w, 48), upper);
    const w10 = v128.load(w, 64);
    const w11 = v128.load(w, 80);
    const w12 = v128.load(w, 96);
    const w20 = v128.and(v128.load(w, 112), lower);
    const w21 = v128.and(v128.load(w, 128), lower);
    const w22 = v128.and(v128.load(w, 144), lower);
    let p0 = x0;
    let p1 = x1;
    let p2 = x2;
    let to = y;
    let s = bias;
    if (first) {
      s = madd(v128.load(p0 - columnBytes), w00, s);
      s = madd(v128.load(p1 - columnBytes), w10, s);
      s = madd(v128.load(p2 - columnBytes), w20, s);
    }
    let i = n;
    let v: v128;
    // Two pixels at a time, as above.
    for (; i > 2; i -= 2) {
      s = madd(v128.load(p0), w01, s);
      s = madd(v128.load(p1), w11, s);
      s = madd(v128.load(p2), w21, s);
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      // The third column of this pixel is the first of the next.
      v = v128.load(p0);
      s = madd(v, w02, s);
      let t = madd(v, w00, bias);
      v = v128.load(p1);
      s = madd(v, w12, s);
      t = madd(v, w10, t);
      v = v128.load(p2);
      s = madd(v, w22, s);
      t = madd(v, w20, t);
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      t = madd(v128.load(p0), w01, t);
      t = madd(v128.load(p1), w11, t);
      t = madd(v128.load(p2), w21, t);
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      v = v128.load(p0);
      t = madd(v, w02, t);
      let u = madd(v, w00, bias);
      v = v128.load(p1);
      t = madd(v, w12, t);
      u = madd(v, w10, u);
      v = v128.load(p2);
      t = madd(v, w22, t);
      u = madd(v, w20, u);
      storeTwo(s, t, to, outBytes);
      to += 2 * outBytes;
      s = u;
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
    }
    if (i > 1) {
      s = madd(v128.load(p0), w01, s);
      s = madd(v128.load(p1), w11, s);
      s = madd(v128.load(p2), w21, s);
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
      // The third column of this pixel is the first of the next.
      v = v128.load(p0);
      s = madd(v, w02, s);
      let t = madd(v, w00, bias);
      v = v128.load(p1);
      s = madd(v, w12, s);
      t = madd(v, w10, t);
      v = v128.load(p2);
      s = madd(v, w22, s);
      t = madd(v, w20, t);
      storeFour(s, to);
      to += outBytes;
      s = t;
      p0 += columnBytes;
      p1 += columnBytes;
      p2 += columnBytes;
    }
    s = madd(v128.load(p0), w01, s);
    s = madd(v128.load(p1), w11, s);
    s = madd(v128.load(p2), w21, s);
    if (last) {
      s = madd(v128.load(p0 + columnBytes), w02, s);
      s = madd(v128.load(p1 + columnBytes), w12, s);
      s = madd(v128.load(p2 + columnBytes), w22, s);
    }
    storeFour(s, to);
    x0 += 16;
    x1 += 16;
    x2 += 16;
    y += 16;
    w += 160;
  }
}
