/**
 * Weights of an ONNX graph, in the order in which TensorFlow Lite has them.
 *
 * @module
 */
import type { Initializer } from "../../src/runtime/onnx/types.ts";

/** Weights and their dimensions. */
export interface Floats {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** A weight's values out of the external data. @throws {Error} where it is not float32 there */
export function readFloats({ name, type, dims, data }: Initializer, weights: Uint8Array): Floats {
  if (data.kind !== "external" || type !== "float32") {
    throw new Error(`${name}: only float32 weights in the data file are translated`);
  }
  // A copy, since the offset may not be a multiple of 4.
  const bytes = new Uint8Array(weights.subarray(data.offset, data.offset + data.length));
  return { dims, data: new Float32Array(bytes.buffer) };
}

/** `[outputs, inputs, height, width]` as `[outputs, height, width, inputs]`. */
export function pointsLast({ dims, data }: Floats) {
  const [outputs, inputs, height, width] = dims;
  const points = height * width;
  const moved = new Float32Array(data.length);
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
export function depthwiseFilter({ dims, data }: Floats) {
  const [channels, , height, width] = dims;
  const points = height * width;
  const moved = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let point = 0; point < points; point++) {
      moved[point * channels + channel] = data[channel * points + point];
    }
  }
  return { shape: [1, height, width, channels], data: moved };
}
