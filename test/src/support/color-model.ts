/**
 * A tiny classifier that really works: it says whether a picture is red, green or blue. The tests of the Worker run it in place of a network.
 *
 * @module
 */
import type { Manifest, StoredFile } from "../../../src/runtime/manifest.ts";
import { createGraph } from "../../../tools/onnx/builder.ts";

/** The side of its input, in pixels. */
export const COLOR_SIDE = 8;

/** Its two files. `seed` makes models of the same kind with other digests. */
export function buildColorModel(seed = 0, extraBytes = 0) {
  const graph = createGraph("color");
  const input = graph.input("input", ["batch", 3, "height", "width"]);
  const weight = graph.weight("weight", [3, 3], new Float32Array([8, 0, 0, 0, 8, 0, 0, 0, 8]));
  const bias = graph.weight("bias", [3], new Float32Array([0, 0, seed * 1e-6]));
  const mean = graph.node("GlobalAveragePool", [input]);
  const flat = graph.node("Flatten", [mean], { axis: 1 });
  graph.output("logits", graph.node("Gemm", [flat, weight, bias]), ["batch", 3]);
  const model = graph.build({ weightsLocation: `color${seed}.fp32.onnx.data` });
  if (extraBytes === 0) return model;
  const weights = new Uint8Array(model.weights.byteLength + extraBytes);
  weights.set(model.weights);
  return { ...model, weights };
}

/** A model's files by key, and its entry in the manifest. */
export interface StoredModel {
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly entry: Manifest["models"][string];
}

/** A colour model as `install` would store it. */
export async function storedColorModel(
  name: string,
  options: {
    readonly seed?: number;
    readonly extraBytes?: number;
    readonly verification?: "own" | "embedded" | "unverified";
  } = {},
): Promise<StoredModel> {
  const { graph, weights, weightsLocation } = buildColorModel(options.seed, options.extraBytes);
  const graphFile = await describe(weightsLocation.replace(/\.data$/, ""), graph);
  const weightsFile = await describe(weightsLocation, weights);
  return {
    name,
    files: { [graphFile.key]: graph, [weightsFile.key]: weights },
    entry: {
      card: {
        name,
        task: "classification",
        description: "Tells red, green and blue apart",
        licence: "MIT",
        source: { kind: "onnx", file: "color.onnx" },
        preprocess: {
          kind: "resize_crop",
          resize: COLOR_SIDE,
          crop: COLOR_SIDE,
          scale: 1 / 255,
          mean: [0, 0, 0],
          std: [1, 1, 1],
        },
        output: { kind: "logits", function_to_apply: "softmax" },
        labels: ["red", "green", "blue"],
        accuracy: [],
      },
      verification: options.verification ?? "own",
      default_variant: "fp32",
      variants: {
        fp32: {
          sha256: graphFile.sha256,
          graphs: { model: { graph: graphFile, weights: weightsFile, weights_location: weightsLocation } },
        },
      },
    },
  };
}

/** A manifest of these models. */
export function manifestOf(models: readonly StoredModel[], known: Manifest["known"] = {}): Manifest {
  return { version: 1, models: Object.fromEntries(models.map(({ name, entry }) => [name, entry])), known };
}

/** Puts models into a bucket. */
export async function seed(bucket: R2Bucket, models: readonly StoredModel[]): Promise<void> {
  for (const { files } of models) {
    for (const [key, bytes] of Object.entries(files)) await bucket.put(key, bytes);
  }
}

async function describe(name: string, bytes: Uint8Array): Promise<StoredFile> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { key: `${sha256}/${name}`, sha256, bytes: bytes.byteLength };
}
