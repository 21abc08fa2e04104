/**
 * Weights of Pillow's antialiased bilinear resize, the very integers that Pillow uses for 8-bit pictures.
 *
 * @module
 */

/** Fixed point of the weights: 32 bits less 8 for the pixel and 2 of headroom (Pillow, libImaging/Resample.c, `PRECISION_BITS`). */
export const PRECISION_BITS = 32 - 8 - 2;

/**
 * Half a unit, so that the final shift rounds (Pillow: `ss0 = 1 << (PRECISION_BITS - 1)`).
 *
 * What comes out needs no clamping: no weight is negative, and for 255 to become 256 what is lost in rounding them would have to
 * sum to 2^21 / 255 = 8,224 units. The worst are 5,792 taps, which are multiples of half a unit, with 1,448.
 */
export const HALF = 1 << (PRECISION_BITS - 1);

/** One axis of a resize: which input positions go into each output position, with which weights. */
export interface Axis {
  /** Size of the input along this axis. */
  readonly inSize: number;
  /** How many output positions there are. */
  readonly outSize: number;
  /** First input position of each output position. Never falls from one to the next. */
  readonly starts: Int32Array;
  /** How many input positions go into each output position, at least 1. */
  readonly counts: Int32Array;
  /** `taps` weights for each output position, those past its count are 0; each row sums to about 1 << PRECISION_BITS. */
  readonly weights: Int32Array;
  readonly taps: number;
  /** Every output position is its input position: nothing to do. */
  readonly identity: boolean;
}

/** How many taps the output position has that has most. */
export function mostTaps({ counts }: Axis): number {
  let most = 1;
  for (let i = 0; i < counts.length; i++) most = Math.max(most, counts[i]);
  return most;
}

/** What part of an axis is wanted, and from where. */
export interface AxisOptions {
  /** Size of the input as it arrives. */
  readonly inSize: number;
  /** How much of the input the picture covers: a scaled JPEG's last column stands for less than a whole one. Default `inSize`. */
  readonly covered?: number;
  /** Size of the whole output. */
  readonly outSize: number;
  /** Output positions wanted, `[from, to)`. Default: all. */
  readonly from?: number;
  readonly to?: number;
  /** The input arrives mirrored: position i is in truth `inSize - 1 - i`. Output positions are counted as the input arrives, too. */
  readonly mirrored?: boolean;
}

/**
 * Computes an axis: Pillow's `precompute_coeffs` with its bilinear filter, then `normalize_coeffs_8bpc`.
 *
 * Mirrored axes get the mirrored weights of the upright axis, not the weights of the mirrored input: where a tap falls on the edge
 * of the filter, the two differ by a bit. (With `covered` below `inSize` there is no Pillow result to equal, and positions count.)
 */
export function makeAxis(options: AxisOptions): Axis {
  const { inSize, outSize, covered = inSize, from = 0, to = outSize, mirrored = false } = options;
  const scale = covered / outSize;
  const filterScale = Math.max(1, scale);
  const support = filterScale; // the bilinear filter's own support is 1
  const taps = Math.ceil(support) * 2 + 1;
  const count = to - from;
  const flip = mirrored && covered === inSize;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < count; i++) {
    const out = flip ? outSize - 1 - (from + i) : from + i;
    const center = (out + 0.5) * scale;
    // Not Math.round: C's cast cuts towards zero.
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(inSize, Math.trunc(center + support + 0.5));
    const n = last - first;
    let sum = 0;
    for (let t = 0; t < n; t++) {
      exact[t] = bilinear((t + first - center + 0.5) * (1 / filterScale));
      sum += exact[t];
    }
    const row = weights.subarray(i * taps, i * taps + n);
    for (let t = 0; t < n; t++) row[t] = Math.trunc(0.5 + (exact[t] / sum) * (1 << PRECISION_BITS));
    if (flip) row.reverse();
    // Taps at the filter's edge may weigh nothing: they need not be read.
    let skip = 0;
    while (row[skip] === 0) skip++;
    let end = n;
    while (row[end - 1] === 0) end--;
    row.copyWithin(0, skip, end);
    row.fill(0, end - skip);
    starts[i] = (flip ? inSize - last : first) + skip;
    counts[i] = end - skip;
  }
  const identity = inSize === outSize && covered === inSize && from === 0 && to === outSize;
  return { inSize, outSize: count, starts, counts, weights, taps, identity };
}

/** The triangle of Pillow's `bilinear_filter`. */
function bilinear(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? 1 - distance : 0;
}
