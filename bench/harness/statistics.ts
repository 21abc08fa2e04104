/**
 * Medians and paired ratios. Absolute times say little on a shared machine; the ratio of two runs side by side says more.
 *
 * @module
 */

/** The value in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The median of the ratios of each pair: what is quoted. */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, index) => value / (theirs[index] as number)));
}

/** Rounds to significant digits. */
export function significant(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}
