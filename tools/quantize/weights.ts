/**
 * Rounds a layer's weights to signed bytes, symmetrically, with a scale for each output channel.
 *
 * @module
 */
import { elementCount } from "../../src/runtime/onnx/tensor.ts";
import { roundHalfEven } from "../../src/runtime/rounding.ts";

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
  /** Indices of a channel's weights, in order. */
  const each = (channel: number, visit: (at: number) => void) => {
    for (let start = channel * inner; start < data.length; start += channels * inner) {
      for (let at = start; at < start + inner; at++) visit(at);
    }
  };
  for (let channel = 0; channel < channels; channel++) {
    let greatest = 0;
    each(channel, (at) => {
      greatest = Math.max(greatest, Math.abs(data[at]));
    });
    const round = (x: number, scale: number) =>
      Math.max(-limit, Math.min(limit, roundHalfEven(Math.fround(x / scale))));
    const scaleOf = (end: number) =>
      Math.fround(Math.max((greatest * end) / limit, leastScale(channel))) || 1;
    let best = { scale: scaleOf(1), error: Number.POSITIVE_INFINITY };
    for (let end = 1; greatest > 0 && end >= LEAST_END; end -= END_STEP) {
      const scale = scaleOf(end);
      let error = 0;
      each(channel, (at) => {
        error += (round(data[at], scale) * scale - data[at]) ** 2;
      });
      if (error < best.error) best = { scale, error };
    }
    scales[channel] = best.scale;
    each(channel, (at) => {
      integers[at] = round(data[at], best.scale);
    });
  }
  return { integers, scales };
}
