/**
 * Rounds hard-swish behind integer steps as a table of its bytes would be: computed in double precision, rounded once.
 *
 * @module
 */
import { roundHalfEven } from "../../../rounding.ts";
import type { QuantizedOutput } from "../module-q8.ts";

const { fround } = Math;

/** How far, in units in the last place, the factor is moved at most. */
const MAX_NUDGE = 4;

/** Factors around one, by distance: 2^-23 is a unit in the last place, or half of one. */
const NUDGES = Array.from({ length: 2 * MAX_NUDGE + 1 }, (_, i) => (i % 2 ? 1 : -1) * Math.ceil(i / 2));

/**
 * What steps are multiplied by before the kernel's `u·x · clamp(u·x + 3u, 0, 6u)` (`hardswish` in src/kernels/q8-requant.ts): `u · step`, or a
 * neighbour of it.
 *
 * A step has one of 256 values, and one of those may lie so close to a tie that single precision takes the other way. That byte would be
 * wrong wherever it occurs, so a neighbour is taken that gets all 256 right.
 *
 * @param u `sqrt(gain / 6)`
 */
export function stepFactor(output: QuantizedOutput, u: number): number {
  const { step = 0, stepLo = 0, stepHi = 0, gain = 1, lo, hi } = output;
  const scale = fround(1 / gain);
  const byte = (value: number) => Math.max(lo, Math.min(hi, roundHalfEven(value)));
  const [shift, limit] = [fround(3 * u), fround(6 * u)];
  const isRight = (factor: number) => {
    for (let n = stepLo; n <= stepHi; n++) {
      const real = n * step;
      const x = fround(n * factor);
      const single = fround(x * Math.min(Math.max(fround(x + shift), 0), limit));
      if (byte(single) !== byte((real * Math.min(Math.max(real + 3, 0), 6)) / 6 / scale)) return false;
    }
    return true;
  };
  const factors = NUDGES.map((nudge) => fround(u * step * (1 + nudge * 2 ** -23)));
  return factors.find(isRight) ?? fround(u * step);
}
