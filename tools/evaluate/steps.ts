/**
 * How far numbers are apart, in steps of 8 bits.
 *
 * @module
 */

/** Of numbers that were compared: how many are the same, and how many at most a step apart. */
export interface Tally {
  readonly compared: number;
  readonly equal: number;
  readonly within: number;
}

export const NOTHING: Tally = { compared: 0, equal: 0, within: 0 };

/** Part of a step that still counts as none: numbers of single precision that stand for the same byte, or sums of those, differ by less. */
const SAME = 0.01;

/** Counts numbers by their distance; a distance that is not a number counts as far. */
export function compareSteps(actual: ArrayLike<number>, expected: ArrayLike<number>, step: number): Tally {
  let equal = 0;
  let within = 0;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i] - expected[i]);
    if (distance <= SAME * step) equal++;
    if (distance <= (1 + SAME) * step) within++;
  }
  return { compared: expected.length, equal, within };
}

/** Adds up. */
export function addTallies(a: Tally, b: Tally): Tally {
  return { compared: a.compared + b.compared, equal: a.equal + b.equal, within: a.within + b.within };
}

/** The step that 8 bits would have for these numbers: the 255th part of the range from the least to the greatest of them, zero included. */
export function stepOf(numbers: ArrayLike<number>): number {
  let least = 0;
  let greatest = 0;
  for (let i = 0; i < numbers.length; i++) {
    least = Math.min(least, numbers[i]);
    greatest = Math.max(greatest, numbers[i]);
  }
  return (greatest - least) / 255;
}
