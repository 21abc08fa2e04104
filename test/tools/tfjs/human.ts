/** The networks of the npm package @vladmandic/human: what people's files look like. */
import type { Tensor } from "../../../src/runtime/engines/engine.ts";
import type { Shape } from "../../../tools/nhwc/graph.ts";
import { elementCount } from "../../../tools/nhwc/graph.ts";

/** A network, with the tensors to cut it at where it goes on with what is not supported. */
export interface HumanModel {
  readonly name: string;
  readonly shape: Shape;
  /** The input is 0..255 instead of 0..1. */
  readonly bytes?: true;
  readonly outputs?: readonly string[];
}

export const HUMAN_MODELS: readonly HumanModel[] = [
  { name: "antispoof", shape: [1, 128, 128, 3] },
  { name: "blazeface", shape: [1, 256, 256, 3] },
  { name: "emotion", shape: [1, 64, 64, 1] },
  { name: "facemesh", shape: [1, 192, 192, 3] },
  { name: "faceres", shape: [1, 224, 224, 3] },
  { name: "handlandmark-lite", shape: [1, 224, 224, 3] },
  { name: "iris", shape: [1, 64, 64, 3] },
  { name: "liveness", shape: [1, 32, 32, 3] },
  {
    name: "movenet-lightning",
    shape: [1, 192, 192, 3],
    bytes: true,
    outputs: ["StatefulPartitionedCall/Sigmoid", "StatefulPartitionedCall/Sigmoid_1"],
  },
];

/** Where the package's models lie. */
export const humanFolder = new URL("../../../node_modules/@vladmandic/human/models/", import.meta.url);

/** The made input, channels last: element i is (i * 7919) mod 256, divided by 255 unless bytes are wanted. */
export function humanInput({ shape, bytes }: HumanModel): Float32Array {
  const scale = bytes ? 1 : 255;
  return Float32Array.from({ length: elementCount(shape) }, (_, i) => ((i * 7919) % 256) / scale);
}

/** How many elements of an output are compared. */
const SAMPLES = 24;

/** Elements of a tensor, evenly spread. */
export function sample(data: ArrayLike<number>): number[] {
  const step = Math.max(1, Math.floor(data.length / SAMPLES));
  const result: number[] = [];
  for (let i = 0; i < data.length && result.length < SAMPLES; i += step) result.push(data[i]);
  return result;
}

/** A tensor as the source has it: ONNX's pictures turned back. */
export function channelsLast({ dims, data }: Tensor): { dims: number[]; data: Float32Array } {
  if (dims.length !== 4) return { dims: [...dims], data };
  const [batch, channels, height, width] = dims;
  const result = new Float32Array(data.length);
  for (let n = 0; n < batch; n++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < height * width; p++) {
        result[(n * height * width + p) * channels + c] = data[(n * channels + c) * height * width + p];
      }
  return { dims: [batch, height, width, channels], data: result };
}
