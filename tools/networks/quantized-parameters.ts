/**
 * Parameters of quantized networks, in the two forms in which PyTorch keeps them.
 *
 * *Converted*: what `torch.ao.quantization.convert` leaves, quantized tensors and packed linear layers.
 * *Prepared*: what quantization-aware training saves, float weights with the observers beside them. torchvision's published file is of
 * this form, and is converted after loading (torchvision/models/quantization/mobilenetv3.py); so it is here.
 *
 * @module
 */
import { readFloats, readInt8, readNumbers, type Tensor } from "../torch/tensor.ts";
import type { ExpectedDim, Parameters } from "./parameters.ts";
import { preparedParameters } from "./prepared-parameters.ts";

/** How integers stand for real numbers: `(integer - zeroPoint) * scale`. */
export interface QuantizationParameters {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A quantized convolution or linear layer: integer weights, float bias. */
export interface QuantizedWeights {
  readonly shape: readonly number[];
  readonly weight: Int8Array;
  /** One, or one an output channel. */
  readonly weightScales: readonly number[];
  readonly weightZeroPoints: readonly number[];
  readonly bias: Float32Array;
  /** Of what the layer gives. */
  readonly output: QuantizationParameters;
}

/** A source of quantized parameters. Like `Parameters`, it notes what is missing and gives `undefined`. */
export interface QuantizedParameters {
  /** A convolution with the batch norm after it, if the network has one there, folded in. */
  conv(key: string, shape: readonly ExpectedDim[], norm: boolean): QuantizedWeights | undefined;
  linear(key: string, inputs: number | null): QuantizedWeights | undefined;
  /** Of what an activation, an addition or a product gives. */
  output(key: string): QuantizationParameters | undefined;
  /** Keys that this form has and inference does not need. */
  unused(key: string): boolean;
}

/** Finds out which form a checkpoint has. */
export function openQuantized(parameters: Parameters): QuantizedParameters {
  const prepared = parameters.has("quant.activation_post_process.activation_post_process.min_val");
  return prepared ? preparedParameters(parameters) : convertedParameters(parameters);
}

function convertedParameters(parameters: Parameters): QuantizedParameters {
  const output = (key: string): QuantizationParameters | undefined => {
    const scale = parameters.number(`${key}.scale`);
    const zeroPoint = parameters.number(`${key}.zero_point`);
    return scale === undefined || zeroPoint === undefined ? undefined : { scale, zeroPoint };
  };
  return {
    output,
    conv(key, shape) {
      const weight = parameters.tensor(`${key}.weight`, shape);
      const bias = parameters.tensor(`${key}.bias`, [weight?.shape[0] ?? null]);
      return quantized(parameters, key, weight, bias, output(key));
    },
    linear(key, inputs) {
      const packed = parameters.packed(`${key}._packed_params._packed_params`, [null, inputs]);
      return quantized(parameters, key, packed?.weight, packed?.bias, output(key));
    },
    // Every block has an addition's scale, also where nothing is added.
    unused: (key) => /\.skip_add\.(scale|zero_point)$/.test(key),
  };
}

function quantized(
  parameters: Parameters,
  key: string,
  weight: Tensor | undefined,
  bias: Tensor | null | undefined,
  output: QuantizationParameters | undefined,
): QuantizedWeights | undefined {
  if (!weight || !output || bias === undefined) return undefined;
  const { quantization } = weight;
  if (!quantization || weight.storage.dtype !== "qint8") {
    parameters.report(`the weight of ${key} is not quantized to qint8`);
    return undefined;
  }
  const perChannel = quantization.scheme === "per_channel";
  if (perChannel && quantization.axis !== 0) {
    parameters.report(`the weight of ${key} is quantized per channel along axis ${quantization.axis}, not 0`);
    return undefined;
  }
  return {
    shape: weight.shape,
    weight: readInt8(weight),
    weightScales: perChannel ? numbers(quantization.scales) : [quantization.scale],
    weightZeroPoints: perChannel ? numbers(quantization.zeroPoints) : [quantization.zeroPoint],
    bias: bias ? readFloats(bias) : new Float32Array(weight.shape[0]),
    output,
  };
}

function numbers(values: readonly number[] | Tensor): readonly number[] {
  return "kind" in values ? readNumbers(values) : values;
}
