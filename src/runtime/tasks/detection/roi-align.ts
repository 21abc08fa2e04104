/**
 * Multi-scale RoIAlign: a patch of 7 × 7 features for each region, from the feature level that suits its size
 * (torchvision/ops/poolers.py; torchvision/csrc/ops/cpu/roi_align_kernel.cpp, `aligned=False`).
 *
 * @module
 */
import type { Tensor } from "../../engines/engine.ts";
import type { Size } from "../../preprocess/size.ts";

/** Bins a side (`MultiScaleRoIAlign(output_size=7)` in torchvision/models/detection/faster_rcnn.py). */
export const BINS = 7;

/** Samples a bin and side (`sampling_ratio=2`, same place). */
export const SAMPLES = 2;

/** A feature level, and its size over that of the input: a power of two. */
export interface FeatureLevel {
  /** `[1, C, H, W]` */
  readonly feature: Tensor;
  readonly scale: number;
}

/**
 * Levels with their scales. torchvision guesses a scale by rounding `log2(feature height / picture height)`; from the padded
 * height it is exact. (The guess is the same for pictures higher than 45 pixels, and too large for lower ones.)
 */
export function featureLevels(features: readonly Tensor[], input: Size): FeatureLevel[] {
  return features.map((feature) => ({
    feature,
    scale: 2 ** Math.round(Math.log2(feature.dims[2] / input.height)),
  }));
}

/** The side of a region that belongs to level 4, stride 16 (`canonical_scale`, `canonical_level`; eq. 1 of the FPN paper). */
const CANONICAL_SCALE = 224;
const CANONICAL_LEVEL = 4;
const EPSILON = Math.fround(1e-6);

/** The level of each of the regions `[N, 4]`, as a number into `levels` (`LevelMapper`). */
export function assignLevels(levels: readonly FeatureLevel[], regions: Float32Array): Uint8Array {
  const { fround } = Math;
  const first = -Math.log2(levels[0].scale);
  const last = -Math.log2(levels[levels.length - 1].scale);
  const assigned = new Uint8Array(regions.length / 4);
  for (let i = 0; i < assigned.length; i++) {
    const r = i * 4;
    const area = fround(fround(regions[r + 2] - regions[r]) * fround(regions[r + 3] - regions[r + 1]));
    const octaves = fround(Math.log2(fround(fround(Math.sqrt(area)) / CANONICAL_SCALE)));
    const level = Math.floor(fround(fround(CANONICAL_LEVEL + octaves) + EPSILON));
    assigned[i] = Math.min(Math.max(level, first), last) - first;
  }
  return assigned;
}

/**
 * Cuts a patch out of the features for each region, in plain TypeScript: for engines that do not do it themselves (`Session.cutsRegions`).
 *
 * Bilinear sampling on a grid and the mean over a bin are separable, so columns are gathered first and rows then: of the 784 products
 * a patch and channel that the original has, about half remain.
 *
 * @param regions `[N, 4]`, in pixels of the input
 * @param levelOf `[N]`: which of `levels` each region is cut from
 * @returns `[N, C, 7, 7]`
 */
export function roiAlign(
  levels: readonly FeatureLevel[],
  regions: Float32Array,
  levelOf: Uint8Array,
): Tensor {
  const count = levelOf.length;
  const channels = levels[0].feature.dims[1];
  const out = new Float32Array(count * channels * BINS * BINS);
  const tallest = Math.max(...levels.map(({ feature }) => feature.dims[2]));
  const scratch = new Float64Array(tallest * BINS);
  for (let n = 0; n < count; n++) {
    const { feature, scale } = levels[levelOf[n]];
    const [, , height, width] = feature.dims;
    const r = n * 4;
    const rows = binTaps(regions[r + 1] * scale, regions[r + 3] * scale, height);
    const columns = binTaps(regions[r] * scale, regions[r + 2] * scale, width);
    for (let c = 0; c < channels; c++) {
      const plane = feature.data.subarray(c * height * width, (c + 1) * height * width);
      poolPlane(out, (n * channels + c) * BINS * BINS, plane, width, rows, columns, scratch);
    }
  }
  return { dims: [count, channels, BINS, BINS], data: out };
}

/** Neighbours that a bin is made of, along one axis: two for each sample. */
const TAPS = 2 * SAMPLES;

/** What the 7 bins take from one axis: `TAPS` positions and weights each. */
interface BinTaps {
  readonly index: Int32Array;
  readonly weight: Float32Array;
}

/**
 * Positions and weights of the bins between `start` and `end`, on an axis of `length` features; the mean over the samples is in the
 * weights. Samples more than one feature outside count as zero, nearer ones as the border.
 */
function binTaps(start: number, end: number, length: number): BinTaps {
  const { fround } = Math;
  const index = new Int32Array(BINS * TAPS);
  const weight = new Float32Array(BINS * TAPS);
  const from = fround(start);
  // "Force malformed ROIs to be 1x1": a region is at least one feature wide.
  const bin = fround(Math.max(fround(fround(end) - from), 1) / BINS);
  for (let sample = 0; sample < BINS * SAMPLES; sample++) {
    const withinBin = fround(fround(((sample % SAMPLES) + 0.5) * bin) / SAMPLES);
    const at = fround(fround(from + fround(Math.floor(sample / SAMPLES) * bin)) + withinBin);
    const low = Math.min(Math.floor(Math.max(at, 0)), length - 1);
    index[sample * 2] = low;
    index[sample * 2 + 1] = Math.min(low + 1, length - 1);
    if (!(at >= -1 && at <= length)) continue;
    const fraction = low === length - 1 ? 0 : fround(Math.max(at, 0) - low);
    weight[sample * 2] = (1 - fraction) / SAMPLES;
    weight[sample * 2 + 1] = fraction / SAMPLES;
  }
  return { index, weight };
}

/**
 * One patch of one channel, into `out[o..o+48]`.
 *
 * @param scratch room for a value a feature row and bin
 */
function poolPlane(
  out: Float32Array,
  o: number,
  plane: Float32Array,
  width: number,
  rows: BinTaps,
  columns: BinTaps,
  scratch: Float64Array,
): void {
  const { index: xs, weight: wx } = columns;
  const { index: ys, weight: wy } = rows;
  const first = ys[0];
  const last = ys[ys.length - 1];
  for (let y = first; y <= last; y++) {
    for (let bin = 0; bin < BINS; bin++) {
      const t = bin * TAPS;
      const line = y * width;
      scratch[(y - first) * BINS + bin] =
        wx[t] * plane[line + xs[t]] +
        wx[t + 1] * plane[line + xs[t + 1]] +
        wx[t + 2] * plane[line + xs[t + 2]] +
        wx[t + 3] * plane[line + xs[t + 3]];
    }
  }
  for (let bin = 0; bin < BINS; bin++) {
    const t = bin * TAPS;
    const a = (ys[t] - first) * BINS;
    const b = (ys[t + 1] - first) * BINS;
    const c = (ys[t + 2] - first) * BINS;
    const d = (ys[t + 3] - first) * BINS;
    for (let x = 0; x < BINS; x++) {
      out[o + bin * BINS + x] =
        wy[t] * scratch[a + x] +
        wy[t + 1] * scratch[b + x] +
        wy[t + 2] * scratch[c + x] +
        wy[t + 3] * scratch[d + x];
    }
  }
}
