/**
 * Results of the depthwise convolution, activated.
 */
import { activate, formula, gated, plain } from "./activation";

/** Stores four channels. @inline */
export function storeFour(s: v128, y: usize): void {
  v128.store(y, activate(s));
}

/** Stores four channels of two pixels. @inline */
export function storeTwo(s: v128, t: v128, y: usize, outBytes: usize): void {
  if (plain) {
    v128.store(y, s);
    v128.store(y + outBytes, t);
    return;
  }
  const fs = formula(s);
  const ft = formula(t);
  if (gated) {
    v128.store(y, f32x4.mul(s, fs));
    v128.store(y + outBytes, f32x4.mul(t, ft));
  } else {
    v128.store(y, fs);
    v128.store(y + outBytes, ft);
  }
}
