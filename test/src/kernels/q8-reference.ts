/**
 * The integer kernels' arithmetic in plain TypeScript, to the bit: every float operation is rounded to single precision where the kernels' is.
 */
import { type QuantizedOutput, REQUANT_MODE } from "../../../src/runtime/engines/kernels/module-q8.ts";
import { packedScale } from "../../../src/runtime/engines/kernels/packing/requant.ts";
import { noise } from "./sandbox.ts";

const f = Math.fround;

/** Rounds halves to even. */
export function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

const clamp = (x: number, lo: number, hi: number) => Math.min(Math.max(x, lo), hi);

/** A 32-bit sum to a byte; `residual` is a byte that is added. */
export function requantized(sum: number, scale: number, output: QuantizedOutput, residual?: number): number {
  const x = f(f(sum) * f(packedScale(scale, output)));
  if (residual === undefined) return stored(x, output);
  const { zero, scale: step } = output.residual ?? { zero: 0, scale: 0 };
  return stored(f(x + f((residual - zero) * f(packedScale(step, output)))), output);
}

/** What the requantization's mode makes of a float. */
export function stored(start: number, output: QuantizedOutput): number {
  if (output.mode === REQUANT_MODE.floats) return clamp(start, f(output.lo), f(output.hi));
  return roundEven(clamp(activated(start, output), f(output.lo), f(output.hi))) + output.zero;
}

/** The activation of a scaled sum, in output steps. */
function activated(start: number, output: QuantizedOutput): number {
  const gain = output.gain ?? 0;
  if (output.mode === REQUANT_MODE.linear) return start;
  if (output.mode === REQUANT_MODE.hardsigmoid) {
    return clamp(f(start + f((output.beta ?? 0) * gain)), 0, f(gain));
  }
  const unit = Math.sqrt(gain / 6);
  let x = start;
  if (output.mode === REQUANT_MODE.steppedHardswish) {
    x = f(roundEven(clamp(x, output.stepLo ?? 0, output.stepHi ?? 0)) * f((output.step ?? 0) * unit));
  }
  return f(x * clamp(f(x + f(3 * unit)), 0, f(6 * unit)));
}

/** Bytes of noise in `lo..hi`. */
export function noiseBytes(length: number, seed: number, lo = 0, hi = 255): Uint8Array {
  return Uint8Array.from(
    noise(length, seed),
    (v) => lo + Math.min(Math.floor(((v + 1) / 2) * (hi - lo + 1)), hi - lo),
  );
}

/** Weights of noise in `-limit..limit`. */
export function noiseWeights(length: number, seed: number, limit = 127): Int8Array {
  return Int8Array.from(noiseBytes(length, seed, 0, 2 * limit), (v) => v - limit);
}

/** Outputs of each mode. */
export const OUTPUTS: readonly QuantizedOutput[] = [
  { mode: REQUANT_MODE.linear, lo: -128, hi: 127, zero: 128, residual: { zero: 9, scale: 0.8 } },
  { mode: REQUANT_MODE.linear, lo: 0, hi: 252, zero: 3 },
  {
    mode: REQUANT_MODE.hardswish,
    lo: -10,
    hi: 245,
    zero: 10,
    gain: 9.5,
    residual: { zero: 100, scale: 0.03 },
  },
  {
    mode: REQUANT_MODE.steppedHardswish,
    lo: -7,
    hi: 248,
    zero: 7,
    gain: 8,
    step: 0.07,
    stepLo: -120,
    stepHi: 135,
    residual: { zero: 3, scale: 0.7 },
  },
  { mode: REQUANT_MODE.hardsigmoid, lo: 0, hi: 255, zero: 0, gain: 255, alpha: 1 / 6, beta: 0.5 },
];

/** A scale that brings sums of `terms` products to the range of the output. */
export function scaleFor(terms: number, output: QuantizedOutput, limit = 127): number {
  const spread = Math.sqrt(terms) * 100 * limit * 0.6;
  const real = output.mode === REQUANT_MODE.hardswish || output.mode === REQUANT_MODE.hardsigmoid;
  return (real ? 4 : 80) / spread;
}
