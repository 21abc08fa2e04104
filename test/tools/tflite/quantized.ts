/** Small files whose weights, or all of whose tensors, are quantized. */

import type { FileSpec, TensorSpec } from "../../../tools/tflite/write.ts";
import { numbers } from "../nhwc/support.ts";
import { conv, one, picture, SAME, weight } from "./parts.ts";

/** Of int8 weights `[O, 1, 1, I]`, by one scale, or one for each output. */
export function quantized(scales: readonly number[], zeroPoints: readonly number[], axis: number): FileSpec {
  const shape = [3, 1, 1, 4];
  const data = Int8Array.from(numbers(shape, 30), (x) => Math.round(x * 60));
  const stored: TensorSpec = {
    name: "q",
    shape,
    type: "int8",
    data,
    quantization: { scales, zeroPoints, axis },
  };
  const file = one(
    "CONV_2D",
    picture,
    [1, 7, 6, 3],
    [{ name: "w", shape }, weight("b", [3], 31)],
    conv(SAME, 1),
  );
  return {
    ...file,
    tensors: [...file.tensors, stored],
    operators: [{ op: "DEQUANTIZE", inputs: ["q"], outputs: ["w"] }, ...file.operators],
  };
}

/** Activations in int8 too: quantized, convolved by integers, dequantized. The import computes in floats what they stand for. */
export function integers(): FileSpec {
  const scales = [0.02, 0.03, 0.01];
  const input = { scales: [4 / 255], zeroPoints: [0] };
  const output = { scales: [0.1], zeroPoints: [-3] };
  const filter = Int8Array.from(numbers([3, 4], 32), (x) => Math.round(x * 60));
  const bias = Int32Array.from(numbers([3], 33), (x, o) => Math.round(x / (input.scales[0] * scales[o])));
  const shape = [3, 1, 1, 4];
  const zeroPoints = [0, 0, 0];
  return {
    tensors: [
      { name: "x", shape: picture },
      { name: "qx", shape: picture, type: "int8", quantization: input },
      { name: "w", shape, type: "int8", data: filter, quantization: { scales, zeroPoints, axis: 0 } },
      {
        name: "b",
        shape: [3],
        type: "int32",
        data: bias,
        quantization: { scales: scales.map((scale) => scale * input.scales[0]), zeroPoints, axis: 0 },
      },
      { name: "qy", shape: [1, 7, 6, 3], type: "int8", quantization: output },
      { name: "y", shape: [1, 7, 6, 3] },
    ],
    operators: [
      { op: "QUANTIZE", inputs: ["x"], outputs: ["qx"] },
      {
        op: "CONV_2D",
        inputs: ["qx", "w", "b"],
        outputs: ["qy"],
        options: { type: 1, fields: conv(SAME, 1, { int8: 1 })[1] },
      },
      { op: "DEQUANTIZE", inputs: ["qy"], outputs: ["y"] },
    ],
    inputs: ["x"],
    outputs: ["y"],
  };
}
