/**
 * The end of a strip of the depthwise convolution of bytes, and the strip of any kernel.
 */
import { finish8, HARDSWISH, hardswish, LINEAR, mode, scaled, toBytes } from "./q8-requant";

/** Eight sums to eight bytes; what is most common without a call. @inline */
export function finishEight(s0: v128, s1: v128, scale0: v128, scale1: v128, y: usize): void {
  if (mode <= HARDSWISH) {
    let x0 = scaled(s0, scale0);
    let x1 = scaled(s1, scale1);
    if (mode !== LINEAR) {
      x0 = hardswish(x0);
      x1 = hardswish(x1);
    }
    v128.store64_lane(y, toBytes(x0, x1), 0);
  } else {
    finish8(s0, s1, scale0, scale1, y, 0);
  }
}
