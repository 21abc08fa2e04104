import { readFloats, type Tensor } from "../torch/tensor.ts";
import type { Parameters } from "./parameters.ts";

const { fround } = Math;

/** A batch norm's four vectors, one element a channel. */
interface BatchNorm {
  readonly weight: Tensor | undefined;
  readonly bias: Tensor | undefined;
  readonly mean: Tensor | undefined;
  readonly variance: Tensor | undefined;
}

/** Takes the parameters of `nn.BatchNorm2d` or torchvision's `FrozenBatchNorm2d` (the same keys, without `num_batches_tracked`). */
export function takeBatchNorm(parameters: Parameters, key: string, channels: number | null): BatchNorm {
  return {
    weight: parameters.tensor(`${key}.weight`, [channels]),
    bias: parameters.tensor(`${key}.bias`, [channels]),
    mean: parameters.tensor(`${key}.running_mean`, [channels]),
    variance: parameters.tensor(`${key}.running_var`, [channels]),
  };
}

/**
 * Folds a batch norm into the convolution before it: `gamma * (W x - mean) / sqrt(variance + eps) + beta`.
 *
 * In float32 and in the order of torch's own `fuse_conv_bn_weights` (torch/nn/utils/fusion.py), so that weights that are quantized
 * after it come out as torch's.
 *
 * @param kernel The convolution's weight `[outputs, …]`; it has no bias.
 * @returns The new weight, in the same shape, and a bias; `undefined` when a parameter was missing.
 */
export function foldBatchNorm(kernel: Tensor, norm: BatchNorm, eps: number) {
  if (!norm.weight || !norm.bias || !norm.mean || !norm.variance) return undefined;
  const gamma = readFloats(norm.weight);
  const beta = readFloats(norm.bias);
  const mean = readFloats(norm.mean);
  const variance = readFloats(norm.variance);
  const source = readFloats(kernel);
  const channels = gamma.length;
  const size = source.length / channels;
  const weight = new Float32Array(source.length);
  const bias = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const inverse = fround(1 / fround(Math.sqrt(fround(variance[c] + fround(eps)))));
    const scale = fround(gamma[c] * inverse);
    bias[c] = fround(fround(-mean[c] * inverse) * gamma[c]) + beta[c];
    for (let i = c * size; i < (c + 1) * size; i++) weight[i] = source[i] * scale;
  }
  return { weight, bias };
}
