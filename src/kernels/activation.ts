/**
 * Activations that epilogues apply. The codes are those of `ACTIVATION` in src/runtime/engines/kernels/module.ts.
 *
 * Those that the networks are full of share one formula without a branch for each: t = clamp(alpha · x + beta, low, high), and x · t where
 * gated (hard-swish). `pmin` and `pmax` are one instruction each; `min` and `max`, with their care for NaN and
 * signed zero, are six in V8. Here they keep a NaN as it is. The others go over the results afterwards ({@link activateRows}), to keep
 * the loops small.
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

/** The activation of the running kernel: set by {@link setActivation}, read by the others. */
let seldom: i32 = NONE;
export let gated: bool = false;
let slope: v128 = i64x2.splat(0);
let alpha: v128 = i64x2.splat(0);
let beta: v128 = i64x2.splat(0);
let low: v128 = i64x2.splat(0);
let high: v128 = i64x2.splat(0);

export function setActivation(act: i32, lo: f32, hi: f32): void {
  const hard = act === HARDSWISH || act === HARDSIGMOID;
  gated = act === HARDSWISH;
  seldom = act > HARDSIGMOID ? act : NONE;
  const sixth: f32 = 1.0 / 6.0;
  alpha = f32x4.splat(act === HARDSWISH ? sixth : act === HARDSIGMOID ? lo : 1);
  beta = f32x4.splat(act === HARDSWISH ? 0.5 : act === HARDSIGMOID ? hi : 0);
  slope = f32x4.splat(lo);
  low = f32x4.splat(hard ? 0 : act === CLAMP ? lo : -Infinity);
  high = f32x4.splat(hard ? 1 : act === CLAMP ? hi : Infinity);
}

/** Four values of those that are seldom used. */
function activateSeldom(x: v128): v128 {
  const one = f32x4.splat(1);
  if (seldom === LEAKY) return v128.bitselect(x, f32x4.mul(x, slope), f32x4.ge(x, f32x4.splat(0)));
  if (seldom === EXP) return exp4(x);
  if (seldom === SIGMOID) return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
  if (seldom === SILU) return f32x4.div(x, f32x4.add(one, exp4(f32x4.neg(x))));
  // tanh x = 1 - 2 / (e^2x + 1)
  return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(one, exp4(f32x4.add(x, x)))));
}

/** The activation's second part, where it has one: over `m` rows of `c` channels that {@link activate} was applied to. */
export function activateRows(m: i32, c: i32, y: usize, ldy: usize): void {
  if (seldom === NONE) return;
  for (; m > 0; m--, y += ldy) {
    for (let i: usize = 0, end = <usize>c * 4; i < end; i += 16) {
      v128.store(y + i, activateSeldom(v128.load(y + i)));
    }
  }
}

/** clamp(alpha · x + beta, low, high). @inline */
export function formula(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(madd(x, alpha, beta), low), high);
}

/** The activation's first part, for four values: all of it, where it is one by formula. NaN stays NaN. @inline */
export function activate(x: v128): v128 {
  const t = formula(x);
  return gated ? f32x4.mul(x, t) : t;
}
