/**
 * Weights of an ONNX graph, in the order in which TensorFlow Lite has them.
 *
 * @module
 */
import type { Initializer } from "../../src/runtime/onnx/types.ts";

/** What weights are: floats, or quantized; biases of quantized layers have 32 bits. */
export type Values = Float32Array | Int8Array | Int32Array;

/** Weights and their dimensions. */
export interface Weights<Data extends Values = Values> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** A weight's values out of the external data. @throws {Error} where they are of another type, or elsewhere */
export function readWeights(initializer: Initializer, weights: Uint8Array): Weights {
  const { name, type, dims: shape, data } = initializer;
  if (data.kind !== "external") throw new Error(`${name}: it is not in the data file`);
  // A copy, since the offset may not be a multiple of 4.
  const { buffer } = new Uint8Array(weights.subarray(data.offset, data.offset + data.length));
  if (type === "float32") return { shape, data: new Float32Array(buffer) };
  if (type === "int8") return { shape, data: new Int8Array(buffer) };
  if (type === "int32") return { shape, data: new Int32Array(buffer) };
  throw new Error(`${name}: weights of type ${type} are not translated to TensorFlow Lite`);
}

/** @throws {Error} where the weight is not float32 */
export function readFloats(initializer: Initializer, weights: Uint8Array): Weights<Float32Array> {
  const { shape, data } = readWeights(initializer, weights);
  if (!(data instanceof Float32Array)) throw new Error(`${initializer.name}: float32 is expected`);
  return { shape, data };
}

/** `[outputs, inputs, height, width]` as `[outputs, height, width, inputs]`. */
export function channelsLast({ shape, data }: Weights): Weights {
  const [outputs, inputs, height, width] = shape;
  const points = height * width;
  const moved = data.slice();
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let point = 0; point < points; point++) {
        moved[(output * points + point) * inputs + input] = data[(output * inputs + input) * points + point];
      }
    }
  }
  return { shape: [outputs, height, width, inputs], data: moved };
}

/** `[channels, 1, height, width]` as `[1, height, width, channels]`. */
export function depthwiseFilter({ shape, data }: Weights): Weights {
  const [channels, , height, width] = shape;
  const { data: moved } = channelsLast({ shape: [1, channels, height, width], data });
  return { shape: [1, height, width, channels], data: moved };
}
