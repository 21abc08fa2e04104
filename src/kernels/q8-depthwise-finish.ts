/**
 * The end of a strip of the depthwise convolution of bytes by pairs.
 */
import { stepped, swish } from "./q8-floats";
import {
  finish8,
  LINEAR,
  limit,
  mode,
  rounder,
  STEPPED_HARDSWISH,
  scaled,
  shift,
  step,
  stepHigh,
  stepLow,
  toBytes,
} from "./q8-requant";

/** Eight sums to eight bytes; what is most common without a call. @inline */
export function finishEight(s0: v128, s1: v128, scale0: v128, scale1: v128, y: usize): void {
  if (mode <= STEPPED_HARDSWISH) {
    let x0 = scaled(s0, scale0);
    let x1 = scaled(s1, scale1);
    if (mode !== LINEAR) {
      if (mode === STEPPED_HARDSWISH) {
        x0 = stepped(x0, stepLow, stepHigh, rounder, step);
        x1 = stepped(x1, stepLow, stepHigh, rounder, step);
      }
      x0 = swish(x0, shift, limit);
      x1 = swish(x1, shift, limit);
    }
    v128.store64_lane(y, toBytes(x0, x1), 0);
  } else {
    finish8(s0, s1, scale0, scale1, y, 0);
  }
}
