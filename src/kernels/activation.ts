/**
 * Activations that epilogues apply. The codes are those of `ACTIVATION` in src/runtime/engines/kernels/module.ts.
 */
import { exp4 } from "./exp";
import { madd } from "./simd";

const NONE = 0;
const CLAMP = 1;
const HARDSWISH = 2;
const HARDSIGMOID = 3;
const SIGMOID = 4;
const SILU = 5;
const LEAKY = 6;
const EXP = 7;

/** The activation of the running kernel: set by {@link setActivation}, read by {@link activate}. */
let code: i32 = NONE;
let low: f32 = 0;
let high: f32 = 0;

export function setActivation(act: i32, lo: f32, hi: f32): void {
  code = act;
  low = lo;
  high = hi;
}

/** Those that are seldom used, out of line. */
function activateSeldom(x: v128): v128 {
  const one = f32x4.splat(1);
  if (code === LEAKY) {
    return v128.bitselect(x, f32x4.mul(x, f32x4.splat(low)), f32x4.ge(x, f32x4.splat(0)));
  }
  if (code === EXP) return exp4(x);
  if (code === SIGMOID) return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
  if (code === SILU) return f32x4.div(x, f32x4.add(one, exp4(f32x4.neg(x))));
  // tanh x = 1 - 2 / (e^2x + 1)
  return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(one, exp4(f32x4.add(x, x)))));
}

/**
 * Applies the running kernel's activation to four values. NaN stays NaN.
 * @inline
 */
export function activate(x: v128): v128 {
  if (code === NONE) return x;
  if (code === CLAMP) return f32x4.min(f32x4.max(x, f32x4.splat(low)), f32x4.splat(high));
  if (code === HARDSWISH) {
    const six = f32x4.splat(6);
    const gate = f32x4.min(f32x4.max(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0)), six);
    return f32x4.mul(f32x4.mul(x, gate), f32x4.splat(0.16666667));
  }
  if (code === HARDSIGMOID) {
    return f32x4.min(f32x4.max(madd(x, f32x4.splat(low), f32x4.splat(high)), f32x4.splat(0)), f32x4.splat(1));
  }
  return activateSeldom(x);
}
