/**
 * Tiny models that really work: they tell red, green and blue apart. The tests of the Worker run them in place of networks.
 *
 * @module
 */
import { createGraph } from "../../../tools/onnx/builder.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { type ModelParts, type StoredModel, storeModel } from "./stored-model.ts";

/** The side of their input, in pixels. */
export const COLOR_SIDE = 8;

const RAW = { scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } satisfies Partial<ModelParts["preprocess"]>;

/** How strongly a channel at 255 speaks for its colour. */
const GAIN = 8;

/** A classifier's two files. `seed` makes models of the same kind with other digests. */
export function buildColorModel(seed = 0, extraBytes = 0): BuiltModel {
  const graph = createGraph("color");
  const input = graph.input("input", ["batch", 3, "height", "width"]);
  const weight = graph.weight("weight", [3, 3], diagonal(3));
  const bias = graph.weight("bias", [3], new Float32Array([0, 0, seed * 1e-6]));
  const mean = graph.node("GlobalAveragePool", [input]);
  const flat = graph.node("Flatten", [mean], { axis: 1 });
  graph.output("logits", graph.node("Gemm", [flat, weight, bias]), ["batch", 3]);
  const model = graph.build({ weightsLocation: `color${seed}.fp32.onnx.data` });
  const weights = new Uint8Array(model.weights.byteLength + extraBytes);
  weights.set(model.weights);
  return { ...model, weights };
}

/** How a colour classifier may differ. */
export interface ColorModelOptions extends Pick<ModelParts, "verification"> {
  readonly seed?: number;
  /** Bytes behind the weights that nothing reads: what makes a load long. */
  readonly extraBytes?: number;
}

/** A classifier: is the picture red, green or blue? */
export function storedColorModel(
  name: string,
  { seed, extraBytes, ...options }: ColorModelOptions = {},
): Promise<StoredModel> {
  return storeModel(
    {
      name,
      task: "classification",
      preprocess: { kind: "resize_crop", resize: COLOR_SIDE, crop: COLOR_SIDE, ...RAW },
      output: { kind: "logits", function_to_apply: "softmax" },
      labels: ["red", "green", "blue"],
      ...options,
    },
    buildColorModel(seed, extraBytes),
  );
}

/** A segmentation network: which pixels are red, green or blue, and which (the dark ones) are nothing? */
export function storedColorSegmenter(name: string): Promise<StoredModel> {
  const graph = createGraph("segment");
  const input = graph.input("input", ["batch", 3, "height", "width"]);
  const weight = graph.weight("weight", [4, 3, 1, 1], new Float32Array([0, 0, 0, ...diagonal(3)]));
  const bias = graph.weight("bias", [4], new Float32Array([GAIN / 2, 0, 0, 0]));
  graph.output("out", graph.node("Conv", [input, weight, bias]), ["batch", 4, "height", "width"]);
  return storeModel(
    {
      name,
      task: "segmentation",
      preprocess: { kind: "resize", resize: 16, max_size: 1333, ...RAW },
      output: { kind: "class_scores" },
      labels: ["__background__", "red", "green", "blue"],
    },
    graph.build({ weightsLocation: "segment.fp32.onnx.data" }),
  );
}

/** A detector that always finds a `top` half (score: how red the picture is) and a `left` half (how green). */
export function storedHalvesDetector(name: string): Promise<StoredModel> {
  const graph = createGraph("halves");
  const input = graph.input("input", [1, 3, 16, 16]);
  const mean = graph.node("ReduceMean", [input], { axes: [0, 2, 3], keepdims: 0 });
  const first = graph.constant(new BigInt64Array([0n]));
  const second = graph.constant(new BigInt64Array([2n]));
  graph.output("scores", graph.node("Slice", [mean, first, second]), [2]);
  // Boxes and labels are always the same, but computed, as a detector's are.
  const nothing = graph.node("Mul", [
    graph.node("ReduceMean", [input], { keepdims: 0 }),
    graph.constant(new Float32Array([0])),
  ]);
  const corners = graph.weight("corners", [2, 4], new Float32Array([0, 0, 16, 8, 0, 0, 8, 16]));
  graph.output("boxes", graph.node("Add", [corners, nothing]), [2, 4]);
  const indices = graph.weight("indices", [2], new Float32Array([1, 2]));
  graph.output("labels", graph.node("Add", [indices, nothing]), [2]);
  return storeModel(
    {
      name,
      task: "detection",
      preprocess: { kind: "stretch", width: 16, height: 16, ...RAW },
      output: { kind: "boxes" },
      labels: ["__background__", "top", "left"],
    },
    graph.build({ weightsLocation: "halves.fp32.onnx.data" }),
  );
}

function diagonal(size: number): Float32Array {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = GAIN;
  return values;
}
