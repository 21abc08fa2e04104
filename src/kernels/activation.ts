/**
 * Activations that epilogues apply. The codes are those of `ACTIVATION` in src/runtime/engines/kernels/module.ts.
 *
 * Those that the networks are full of share one formula without a branch for each: t = clamp(alpha · x + beta, low, high), and x · t where
 * gated (hard-swish). `pmin` and `pmax` are one instruction each; `min` and `max`, with their care for NaN and
 * signed zero, are six in V8. Here they keep a NaN as it is. The others go over the results afterwards ({@link activateRows}), to keep
 * the loops small.
 */
import { exp4, prepareExp } from "./exp";
import { sigmoidRow } from "./sigmoid";
import { madd } from "./simd";

export const NONE = 0;
const CLAMP = 1;
const HARDSWISH = 2;
const HARDSIGMOID = 3;
const SIGMOID = 4;
const SILU = 5;
const LEAKY = 6;
const EXP = 7;
const TANH = 8;

/** The activation of the running kernel: set by {@link setActivation}, read by the others. */
let seldom: i32 = NONE;
export let gated: bool = false;
/** Whether the first part changes nothing. */
export let plain: bool = false;
let slope: v128 = i64x2.splat(0);
let one: v128 = i64x2.splat(0);
let alpha: v128 = i64x2.splat(0);
let beta: v128 = i64x2.splat(0);
let low: v128 = i64x2.splat(0);
let high: v128 = i64x2.splat(0);

export function setActivation(act: i32, lo: f32, hi: f32): void {
  const hard = act === HARDSWISH || act === HARDSIGMOID;
  gated = act === HARDSWISH;
  seldom = isSeldom(act) ? act : NONE;
  plain = act === NONE || isSeldom(act);
  if (seldom) prepareExp();
  const sixth: f32 = 1.0 / 6.0;
  alpha = f32x4.splat(act === HARDSWISH ? sixth : act === HARDSIGMOID ? lo : 1);
  beta = f32x4.splat(act === HARDSWISH ? 0.5 : act === HARDSIGMOID ? hi : 0);
  slope = f32x4.splat(lo);
  one = f32x4.splat(1);
  low = f32x4.splat(hard ? 0 : act === CLAMP ? lo : -Infinity);
  high = f32x4.splat(hard ? 1 : act === CLAMP ? hi : Infinity);
}

/** Whether an activation has a second part, which goes over whole rows. */
export function isSeldom(act: i32): bool {
  return act > HARDSIGMOID;
}

/** The logistic function of k · x. @inline */
function logistic(x: v128, k: v128): v128 {
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.mul(x, k))));
}

/** SiLU (x · sigmoid x) and tanh (2 · sigmoid 2x - 1): two vectors at a time, which hides half of what they wait for. */
function logisticRow(y: usize, end: usize): void {
  const k = f32x4.splat(seldom === TANH ? -2 : -1);
  const factor = f32x4.splat(seldom === TANH ? 2 : 1);
  const term = f32x4.splat(seldom === TANH ? -1 : 0);
  const times = seldom === SILU;
  for (; y + 32 <= end; y += 32) {
    const x0 = v128.load(y);
    const x1 = v128.load(y, 16);
    const g0 = f32x4.add(f32x4.mul(logistic(x0, k), factor), term);
    const g1 = f32x4.add(f32x4.mul(logistic(x1, k), factor), term);
    v128.store(y, times ? f32x4.mul(x0, g0) : g0);
    v128.store(y, times ? f32x4.mul(x1, g1) : g1, 16);
  }
  if (y < end) {
    const x = v128.load(y);
    const g = f32x4.add(f32x4.mul(logistic(x, k), factor), term);
    v128.store(y, times ? f32x4.mul(x, g) : g);
  }
}

/** Leaky ReLU and the exponential function. */
function otherRow(y: usize, end: usize): void {
  for (; y < end; y += 16) {
    const x = v128.load(y);
    const negative = f32x4.lt(x, i64x2.splat(0));
    v128.store(y, seldom === EXP ? exp4(x) : v128.bitselect(f32x4.mul(x, slope), x, negative));
  }
}

/** The activation's second part, where it has one: over `m` rows of `c` channels that {@link activate} was applied to. */
export function activateRows(m: i32, c: i32, y: usize, ldy: usize): void {
  if (seldom === NONE) return;
  if (ldy === <usize>c * 4) {
    // Rows that follow each other are one.
    c *= m;
    m = 1;
  }
  for (; m > 0; m--, y += ldy) {
    const end = y + <usize>c * 4;
    if (seldom === LEAKY || seldom === EXP) otherRow(y, end);
    else if (seldom === SIGMOID) sigmoidRow(y, end);
    else logisticRow(y, end);
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
