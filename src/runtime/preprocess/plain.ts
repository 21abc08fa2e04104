/**
 * Plain bilinear interpolation without antialiasing, as `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` does it,
 * on rows as they come from a decoder. Results stay floats.
 *
 * @module
 */
import type { PushRow } from "./vertical.ts";

/** One axis: output position i is `(1 - weight[i]) * input[first[i]] + weight[i] * input[second[i]]`. */
export interface PlainAxis {
  readonly outSize: number;
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float32Array;
}

/** What an axis goes from and to; see `AxisOptions` for `covered` and `mirrored`. */
export interface PlainAxisOptions {
  readonly inSize: number;
  readonly covered?: number;
  readonly outSize: number;
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
    const out = mirrored ? outSize - 1 - i : i;
    const position = Math.max(0, Math.fround(Math.fround(scale * Math.fround(out + 0.5)) - 0.5));
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

/** Takes finished rows of floats on the scale of the input (0..255), in order. The buffer is reused. */
export type EmitFloats = (y: number, row: Float32Array) => void;

/**
 * Makes a resizer that keeps two rows.
 *
 * @param emit takes `rows.outSize` rows of `columns.outSize * 3` floats
 */
export function makePlainResizer(columns: PlainAxis, rows: PlainAxis, emit: EmitFloats): PushRow {
  const length = columns.outSize * 3;
  let previous = new Float32Array(length);
  let current = new Float32Array(length);
  const finished = new Float32Array(length);
  let next = 0;
  return (y, rgb) => {
    if (next === rows.outSize || y < rows.first[next]) return;
    [previous, current] = [current, previous];
    interpolateRow(columns, rgb, current);
    for (; next < rows.outSize && rows.second[next] <= y; next++) {
      const above = rows.first[next] === y ? current : previous;
      mix(above, current, rows.weight[next], finished);
      emit(next, finished);
    }
  };
}

function interpolateRow(
  { outSize, first, second, weight }: PlainAxis,
  rgb: Uint8Array | Uint8ClampedArray,
  target: Float32Array,
): void {
  for (let x = 0, q = 0; x < outSize; x++, q += 3) {
    const p = first[x] * 3;
    const s = second[x] * 3;
    const w = weight[x];
    target[q] = rgb[p] + (rgb[s] - rgb[p]) * w;
    target[q + 1] = rgb[p + 1] + (rgb[s + 1] - rgb[p + 1]) * w;
    target[q + 2] = rgb[p + 2] + (rgb[s + 2] - rgb[p + 2]) * w;
  }
}

function mix(above: Float32Array, below: Float32Array, weight: number, target: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = above[i] + (below[i] - above[i]) * weight;
}
