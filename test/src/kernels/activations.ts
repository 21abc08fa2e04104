/** Activations of the kernels, as plain functions. */
import { ACTIVATION, type ActivationCode } from "../../../src/runtime/engines/kernels/module.ts";

/** An activation with its parameters. */
export interface ActivationCase {
  readonly act: ActivationCode;
  readonly lo: number;
  readonly hi: number;
}

const clamp = (x: number, lo: number, hi: number) => Math.min(Math.max(x, lo), hi);

/** Applies an activation to one number. */
export function activated(x: number, { act, lo, hi }: ActivationCase): number {
  switch (act) {
    case ACTIVATION.none:
      return x;
    case ACTIVATION.clamp:
      return clamp(x, lo, hi);
    case ACTIVATION.hardswish:
      return (x * clamp(x + 3, 0, 6)) / 6;
    case ACTIVATION.hardsigmoid:
      return clamp(lo * x + hi, 0, 1);
    case ACTIVATION.sigmoid:
      return 1 / (1 + Math.exp(-x));
    case ACTIVATION.silu:
      return x / (1 + Math.exp(-x));
    case ACTIVATION.leaky:
      return x >= 0 ? x : lo * x;
    case ACTIVATION.exp:
      return Math.exp(x);
    case ACTIVATION.tanh:
      return Math.tanh(x);
  }
}

/** One case for every code. */
export const ACTIVATION_CASES: readonly ActivationCase[] = [
  { act: ACTIVATION.none, lo: 0, hi: 0 },
  { act: ACTIVATION.clamp, lo: 0, hi: Number.POSITIVE_INFINITY },
  { act: ACTIVATION.clamp, lo: 0, hi: 6 },
  { act: ACTIVATION.hardswish, lo: 0, hi: 0 },
  { act: ACTIVATION.hardsigmoid, lo: 1 / 6, hi: 0.5 },
  { act: ACTIVATION.sigmoid, lo: 0, hi: 0 },
  { act: ACTIVATION.silu, lo: 0, hi: 0 },
  { act: ACTIVATION.leaky, lo: 0.1, hi: 0 },
  { act: ACTIVATION.exp, lo: 0, hi: 0 },
  { act: ACTIVATION.tanh, lo: 0, hi: 0 },
];
