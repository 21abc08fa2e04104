/**
 * Quantized parameters out of a checkpoint of quantization-aware training, as `torch.ao.quantization.convert` makes them.
 *
 * @module
 */

import { roundHalfEven } from "../../src/runtime/rounding.ts";
import { readFloats, type Tensor } from "../torch/tensor.ts";
import { foldBatchNorm, takeBatchNorm } from "./batch-norm.ts";
import { MOBILENET_V3_EPS } from "./mobilenet-v3.ts";
import type { Parameters } from "./parameters.ts";
import type {
  QuantizationParameters,
  QuantizedParameters,
  QuantizedWeights,
} from "./quantized-parameters.ts";

/** How much a new minimum or maximum weighs in the running one (`MovingAverageMinMaxObserver`, `averaging_constant`). */
const AVERAGING_CONSTANT = 0.01;
/** The smallest scale that an observer gives: float32's epsilon. */
const EPS = 2 ** -23;

/** Smallest and largest value that an observer saw. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** Reads the prepared form; see `quantized-parameters.ts`. */
export function preparedParameters(parameters: Parameters): QuantizedParameters {
  const observed = (key: string): Range | undefined => {
    const min = parameters.number(`${key}.activation_post_process.min_val`);
    const max = parameters.number(`${key}.activation_post_process.max_val`);
    return min === undefined || max === undefined ? undefined : { min, max };
  };
  const output = (key: string): QuantizationParameters | undefined => {
    const range = observed(`${key}.activation_post_process`);
    return range && affine(range);
  };
  const quantize = (
    key: string,
    shape: readonly number[],
    weight: Float32Array,
    bias: Float32Array,
  ): QuantizedWeights | undefined => {
    const seen = observed(`${key}.weight_fake_quant`);
    const given = output(key);
    if (!seen || !given) return undefined;
    // `convert` shows the weight to its observer once more, unless training has switched that off.
    const watching = parameters.number(`${key}.weight_fake_quant.observer_enabled`) !== 0;
    const scale = symmetricScale(watching ? movingAverage(seen, rangeOf(weight)) : seen);
    return {
      shape,
      weight: toInt8(weight, scale),
      weightScales: [scale],
      weightZeroPoints: [0],
      bias,
      output: given,
    };
  };
  const own = (key: string, weight: Tensor | undefined): QuantizedWeights | undefined => {
    const bias = parameters.tensor(`${key}.bias`, [weight?.shape[0] ?? null]);
    return weight && bias && quantize(key, weight.shape, readFloats(weight), readFloats(bias));
  };

  return {
    output,
    conv(key, shape, norm) {
      const weight = parameters.tensor(`${key}.weight`, shape);
      if (!norm) return own(key, weight);
      const batchNorm = takeBatchNorm(parameters, `${key}.bn`, weight?.shape[0] ?? null);
      const folded = weight && foldBatchNorm(weight, batchNorm, MOBILENET_V3_EPS);
      return folded && quantize(key, weight.shape, folded.weight, folded.bias);
    },
    linear(key, inputs) {
      return own(key, parameters.tensor(`${key}.weight`, [null, inputs]));
    },
    unused: (key) => /\.(activation_post_process|weight_fake_quant)\./.test(key),
  };
}

/** Of quint8 activations: torch/ao/quantization/observer.py, `_calculate_qparams`, in float32 as there. */
function affine({ min, max }: Range): QuantizationParameters {
  if (!(min <= max)) return { scale: 1, zeroPoint: 0 }; // Never observed.
  const low = Math.min(min, 0);
  const scale = Math.max(Math.fround(Math.fround(Math.max(max, 0) - low) / 255), EPS);
  const zeroPoint = -roundHalfEven(Math.fround(low / scale));
  return { scale, zeroPoint: Math.max(0, Math.min(255, zeroPoint)) };
}

/** Of qint8 weights: symmetric around 0. */
function symmetricScale({ min, max }: Range): number {
  if (!(min <= max)) return 1;
  return Math.max(Math.fround(Math.max(-Math.min(min, 0), Math.max(max, 0)) / 127.5), EPS);
}

/** One step of the observer. Its first values are infinite, and replaced. */
function movingAverage(seen: Range, now: Range): Range {
  const step = (average: number, value: number) =>
    Number.isFinite(average) ? Math.fround(average + AVERAGING_CONSTANT * (value - average)) : value;
  return { min: step(seen.min, now.min), max: step(seen.max, now.max) };
}

function rangeOf(values: Float32Array): Range {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** `quantize_per_tensor` with zero point 0: multiplies by the scale's float32 inverse (ATen/native/quantized/AffineQuantizerBase.cpp). */
function toInt8(values: Float32Array, scale: number): Int8Array {
  const inverse = Math.fround(1 / scale);
  return Int8Array.from(values, (value) => {
    const integer = roundHalfEven(Math.fround(value * inverse));
    return Math.max(-128, Math.min(127, integer));
  });
}
