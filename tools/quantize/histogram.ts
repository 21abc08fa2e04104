/**
 * A histogram of a value's numbers, whose range grows as numbers come.
 *
 * @module
 */

/** Bins. A byte has 256 steps; eight bins a step are enough to place a range's ends. */
const BINS = 2048;

/** Counts of numbers in bins of equal width; bin `BINS / 2` begins at zero. */
export interface Histogram {
  /** How many numbers fell into each bin. */
  readonly counts: Float64Array;
  /** Width of a bin: a power of two times the first. */
  width: number;
  /** The least and the greatest number seen; 0 and 0 before any. */
  min: number;
  max: number;
}

/** An empty histogram. */
export function createHistogram(): Histogram {
  return { counts: new Float64Array(BINS), width: 0, min: 0, max: 0 };
}

/** The number in the middle of a bin. */
export function binCenter({ width }: Histogram, bin: number): number {
  return (bin - BINS / 2 + 0.5) * width;
}

/**
 * Counts every `step`-th number, as much as `weightOf` says of its place.
 *
 * Where one lies outside, the bins are made twice as wide as often as needed: pairs of bins become one, so nothing is counted anew.
 */
export function count(
  histogram: Histogram,
  data: Float32Array,
  step = 1,
  weightOf: (at: number) => number = () => 1,
): void {
  let { min, max } = histogram;
  for (let i = 0; i < data.length; i += step) {
    const x = data[i];
    if (x < min) min = x;
    else if (x > max) max = x;
  }
  histogram.min = min;
  histogram.max = max;
  const reach = Math.max(-min, max);
  if (!(reach > 0 && Number.isFinite(reach))) {
    for (let i = 0; i < data.length; i += step) histogram.counts[BINS / 2] += weightOf(i);
    return;
  }
  // A power of two: bins of two histograms then line up, and a merge is exact.
  if (histogram.width === 0) histogram.width = 2 ** Math.ceil(Math.log2(reach / (BINS / 2)));
  while (histogram.width * (BINS / 2) < reach) widen(histogram);
  const { counts } = histogram;
  const inverse = 1 / histogram.width;
  for (let i = 0; i < data.length; i += step) {
    // The greatest of all may lie at the very end of the last bin.
    const bin = Math.floor(data[i] * inverse) + BINS / 2;
    counts[bin < BINS ? bin : BINS - 1] += weightOf(i);
  }
}

/** Adds the counts of another. */
export function merge(into: Histogram, other: Histogram): void {
  const wide = { ...other, counts: other.counts.slice() };
  if (into.width === 0) into.width = wide.width;
  if (wide.width === 0) wide.width = into.width;
  while (into.width < wide.width) widen(into);
  while (wide.width < into.width) widen(wide);
  for (let bin = 0; bin < BINS; bin++) into.counts[bin] += wide.counts[bin];
  into.min = Math.min(into.min, wide.min);
  into.max = Math.max(into.max, wide.max);
}

function widen(histogram: Histogram): void {
  const { counts } = histogram;
  const half = BINS / 2;
  for (let bin = 0; bin < half / 2; bin++) {
    // From the middle outwards, so that what is read has not been written.
    counts[half + bin] = counts[half + 2 * bin] + counts[half + 2 * bin + 1];
    counts[half - 1 - bin] = counts[half - 1 - 2 * bin] + counts[half - 2 - 2 * bin];
  }
  counts.fill(0, 0, half / 2);
  counts.fill(0, half + half / 2);
  histogram.width *= 2;
}
