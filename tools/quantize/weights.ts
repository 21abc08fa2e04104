/**
 * Rounds a layer's weights to signed bytes, symmetrically, with a scale for each output channel.
 *
 * @module
 */
import { elementCount } from "../../src/runtime/onnx/tensor.ts";

/** Weights as bytes: `integer * scales[c]`. */
export interface RoundedWeights {
  readonly integers: Int8Array;
  /** One an output channel. */
  readonly scales: Float32Array;
}

/**
 * The greatest magnitude of a weight. Two products of an unsigned byte and a weight within ±64 fit the 16 bits into which processors without
 * VNNI add them (255 · 64 · 2 = 32,640): the fastest path, and exact.
 */
export const NARROW = 63;
/** The greatest that a signed byte holds on both sides. */
export const WIDE = 127;

/** How far the greatest weight of a channel may be clamped: ends that are tried, of the greatest magnitude. */
const LEAST_END = 0.7;
const END_STEP = 0.02;

/** Added to a small double, it leaves no bits for a fraction: the processor rounds it, halves to the even integer. */
const ROUNDING = 1.5 * 2 ** 52;

/**
 * Rounds weights. Each channel's scale is the one with the least squared error.
 *
 * @param axis of the output channels
 * @param limit {@link NARROW} or {@link WIDE}
 * @param leastScale a bound for a channel's scale
 */
export function roundWeights(
  data: Float32Array,
  dims: readonly number[],
  axis: number,
  limit: number,
  leastScale: (channel: number) => number = () => 0,
): RoundedWeights {
  const channels = dims[axis];
  const inner = elementCount(dims.slice(axis + 1));
  const integers = new Int8Array(data.length);
  const scales = new Float32Array(channels);
  const weights = new Float32Array(data.length / channels);
  for (let channel = 0; channel < channels; channel++) {
    const starts = (row: number) => (row * channels + channel) * inner;
    const rows = weights.length / inner;
    for (let row = 0; row < rows; row++) {
      weights.set(data.subarray(starts(row), starts(row) + inner), row * inner);
    }
    const scale = scaleOf(weights, limit, leastScale(channel));
    scales[channel] = scale;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < inner; i++) {
        integers[starts(row) + i] = roundWeight(weights[row * inner + i], scale, limit);
      }
    }
  }
  return { integers, scales };
}

/** The scale of a channel's weights that has the least squared error; of equals, the largest. */
function scaleOf(weights: Float32Array, limit: number, leastScale: number): number {
  const greatest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const scaleFor = (end: number) => Math.fround(Math.max((greatest * end) / limit, leastScale)) || 1;
  let best = { scale: scaleFor(1), error: Number.POSITIVE_INFINITY };
  for (let end = 1; greatest > 0 && end >= LEAST_END; end -= END_STEP) {
    const scale = scaleFor(end);
    const error = squaredError(weights, scale, limit, best.error);
    if (error < best.error) best = { scale, error };
  }
  return best.scale;
}

/** What rounding costs, summed until it is `enough`. */
function squaredError(weights: Float32Array, scale: number, limit: number, enough: number): number {
  let error = 0;
  for (let i = 0; i < weights.length && error < enough; i++) {
    error += (roundWeight(weights[i], scale, limit) * scale - weights[i]) ** 2;
  }
  return error;
}

/** `roundHalfEven`, of numbers that are small once they are clamped, and without branches: quantizing a network calls it half a billion times. */
function roundWeight(weight: number, scale: number, limit: number): number {
  const clamped = Math.max(-limit, Math.min(limit, Math.fround(weight / scale)));
  return clamped + ROUNDING - ROUNDING;
}
