/**
 * Plain bilinear interpolation without antialiasing, as `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` does it.
 * Results stay floats.
 *
 * @module
 */

/** One axis: output position i is `(1 - weight[i]) * input[first[i]] + weight[i] * input[second[i]]`. */
export interface PlainAxis {
  readonly outSize: number;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float32Array;
}

/** What an axis goes from and to; see `AxisOptions` for `covered`. */
export interface PlainAxisOptions {
  readonly inSize: number;
  readonly covered?: number;
  readonly outSize: number;
  /** Whether the input runs against the output: its last position comes first. */
  readonly mirrored?: boolean;
}

/**
 * Computes an axis in single precision like ATen's CPU kernel (`area_pixel_compute_source_index`, `guard_index_and_lambda` in
 * aten/src/ATen/native/UpSample.h).
 */
export function makePlainAxis(options: PlainAxisOptions): PlainAxis {
  const { inSize, outSize, covered = inSize, mirrored = false } = options;
  const scale = Math.fround(covered / outSize);
  const first = new Int32Array(outSize);
  const second = new Int32Array(outSize);
  const weight = new Float32Array(outSize);
  for (let i = 0; i < outSize; i++) {
    const position = Math.max(0, Math.fround(Math.fround(scale * Math.fround(i + 0.5)) - 0.5));
    const low = Math.min(Math.floor(position), inSize - 1);
    const high = Math.min(low + 1, inSize - 1);
    // Mirrored, the later input position is the upright picture's earlier one.
    first[i] = mirrored ? inSize - 1 - high : low;
    second[i] = mirrored ? inSize - 1 - low : high;
    const lambda = Math.min(1, Math.max(0, position - low));
    weight[i] = mirrored ? 1 - lambda : lambda;
  }
  return { outSize, first, second, weight };
}

/** Interpolates between the pixels of a line: `axis.outSize` pixels of three values. */
export function interpolateAlong(
  { outSize, first, second, weight }: PlainAxis,
  line: Uint8Array | Float32Array,
  into: Float32Array,
): void {
  for (let x = 0, q = 0; x < outSize; x++, q += 3) {
    const p = first[x] * 3;
    const s = second[x] * 3;
    const w = weight[x];
    into[q] = line[p] + (line[s] - line[p]) * w;
    into[q + 1] = line[p + 1] + (line[s + 1] - line[p + 1]) * w;
    into[q + 2] = line[p + 2] + (line[s + 2] - line[p + 2]) * w;
  }
}

/** Interpolates between two lines of the same length. */
export function mix<T extends Uint8Array | Float32Array>(
  above: T,
  below: T,
  weight: number,
  into: Float32Array,
): void {
  for (let i = 0; i < above.length; i++) into[i] = above[i] + (below[i] - above[i]) * weight;
}
