/**
 * The strip of the depthwise convolution of bytes for any kernel: a result at a time.
 */
import { finish8 } from "./q8-requant";

/**
 * @param pairs pairs of the kernel's rows: in slots `turn`, `turn + turns` and so on of the ring, which has `slots` of `slotBytes`
 * @param step bytes from a result's first column to the next one's, `dilation` from column to column of the kernel
 * @param w block of 8 channels
 */
export function stripAny(
  pixels: i32,
  pairs: i32,
  kw: i32,
  ring: usize,
  slotBytes: usize,
  turn: i32,
  turns: i32,
  slots: i32,
  step: usize,
  dilation: usize,
  w: usize,
  y: usize,
  yPix: usize,
): void {
  for (let px = 0; px < pixels; px++) {
    let s0 = v128.load(w, 32);
    let s1 = v128.load(w, 48);
    let from = ring + <usize>px * step;
    let weights = w + 64;
    for (let kx = 0; kx < kw; kx++) {
      for (let q = 0; q < pairs; q++) {
        const x = v128.load(from + <usize>((turn + q * turns) % slots) * slotBytes);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(x), v128.load(weights)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(x), v128.load(weights, 16)));
        weights += 32;
      }
      from += dilation;
    }
    finish8(s0, s1, v128.load(w), v128.load(w, 16), y, 0);
    y += yPix;
  }
}
