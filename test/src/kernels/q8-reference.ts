/**
 * The integer kernels' arithmetic in plain TypeScript, to the bit: every float operation is rounded to single precision where the kernels' is.
 */
import { type QuantizedOutput, REQUANT_MODE } from "../../../src/runtime/engines/kernels/module-q8.ts";
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

/** A 32-bit sum to a byte. */
export function requantized(sum: number, scale: number, output: QuantizedOutput): number {
  return stored(f(f(sum) * f(scale)), output);
}

/** What the requantization's mode makes of a float. */
export function stored(start: number, output: QuantizedOutput): number {
  let x = start;
  if (output.mode !== REQUANT_MODE.linear) {
    if (output.mode === REQUANT_MODE.steppedHardswish) {
      x = f(roundEven(clamp(x, output.stepLo ?? 0, output.stepHi ?? 0)) * f(output.step ?? 0));
    }
    const gate = clamp(f(f(x * f(0.16666667)) + 0.5), 0, 1);
    x = f(f(x * gate) * f(output.gain ?? 0));
  }
  return roundEven(clamp(x, f(output.lo), f(output.hi))) + output.zero;
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
  { mode: REQUANT_MODE.linear, lo: -128, hi: 127, zero: 128 },
  { mode: REQUANT_MODE.linear, lo: 0, hi: 252, zero: 3 },
  { mode: REQUANT_MODE.hardswish, lo: -10, hi: 245, zero: 10, gain: 9.5 },
  {
    mode: REQUANT_MODE.steppedHardswish,
    lo: -7,
    hi: 248,
    zero: 7,
    gain: 8,
    step: 0.07,
    stepLo: -120,
    stepHi: 135,
  },
];

/** A scale that brings sums of `terms` products to the range of the output. */
export function scaleFor(terms: number, output: QuantizedOutput, limit = 127): number {
  const spread = Math.sqrt(terms) * 100 * limit * 0.6;
  return (output.mode === REQUANT_MODE.hardswish ? 4 : 80) / spread;
}
