/** What the small files are made of. */

import type { FileSpec, OptionsSpec, TensorSpec } from "../../../tools/tflite/write.ts";
import { numbers } from "../nhwc/support.ts";

/** Fields of options by number; types of the union `BuiltinOptions`. */
export type Fields = OptionsSpec["fields"];

export const SAME = { int8: 0 };
export const VALID = { int8: 1 };
export const RELU6 = { int8: 3 };

/** Made numbers as a constant. */
export function weight(name: string, shape: readonly number[], seed: number): TensorSpec {
  return { name, shape, data: numbers(shape, seed) };
}

export function ints(name: string, ...values: readonly number[]): TensorSpec {
  return { name, shape: [values.length], type: "int32", data: Int32Array.from(values) };
}

export function scalar(name: string, value: number): TensorSpec {
  return { ...ints(name, value), shape: [] };
}

export function half(name: string, shape: readonly number[], seed: number): TensorSpec {
  return { name, shape, type: "float16", data: Float16Array.from(numbers(shape, seed)) };
}

/** A file of one operator: inputs `x` and the constants, output `y` of `shape`. */
export function one(
  op: string,
  from: readonly number[],
  to: readonly number[],
  constants: readonly TensorSpec[] = [],
  options?: readonly [type: number, fields: Fields],
  order: readonly string[] = ["x", ...constants.map(({ name }) => name)],
): FileSpec {
  return {
    tensors: [{ name: "x", shape: from }, ...constants, { name: "y", shape: to }],
    operators: [
      {
        op,
        inputs: order,
        outputs: ["y"],
        ...(options && { options: { type: options[0], fields: options[1] } }),
      },
    ],
    inputs: ["x"],
    outputs: ["y"],
  };
}

export const picture = [1, 7, 6, 4];
export const int32 = (value: number) => ({ int32: value });
export const bool = (value: boolean) => ({ bool: value });

/** Options of CONV_2D, DEPTHWISE_CONV_2D, pooling and TRANSPOSE_CONV. */
export const conv = (padding: typeof SAME, stride: number, activation = { int8: 0 }, dilation = 1) =>
  [
    1,
    { 0: padding, 1: int32(stride), 2: int32(stride), 3: activation, 4: int32(dilation), 5: int32(dilation) },
  ] as const;
export const depthwise = (
  padding: typeof SAME,
  stride: number,
  multiplier: number,
  activation = { int8: 0 },
) =>
  [
    2,
    {
      0: padding,
      1: int32(stride),
      2: int32(stride),
      3: int32(multiplier),
      4: activation,
      5: int32(1),
      6: int32(1),
    },
  ] as const;
export const pool = (padding: typeof SAME, stride: number, width: number, height: number) =>
  [
    5,
    {
      0: padding,
      1: int32(stride),
      2: int32(stride),
      3: int32(width),
      4: int32(height),
      5: { int8: 0 },
    },
  ] as const;
