/** Engines in Node, and the models that both must run. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Engine, GraphSource, Outputs, Tensor } from "../../../src/runtime/engines/engine.ts";
import { createKernelsEngine, type KernelsOptions } from "../../../src/runtime/engines/kernels/engine.ts";
import { createOnnxRuntimeEngine } from "../../../src/runtime/engines/onnxruntime/engine.ts";
import type { Architecture } from "../../../tools/networks/architectures.ts";
import { convertCheckpoint } from "../../../tools/networks/convert.ts";
import type { BuiltModel } from "../../../tools/onnx/write.ts";
import { importTfjs } from "../../../tools/tfjs/import.ts";
import { importTflite } from "../../../tools/tflite/import.ts";

const ROOT = new URL("../../../", import.meta.url);
const SHARED = new URL("../shared/", ROOT);

/** Whether the reference data are there. */
export const hasShared = existsSync(SHARED);
export const needsShared = hasShared ? "" : " (needs ../shared)";

export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`golden/${name}.json`, SHARED), "utf8"));
}

const compile = (path: string) => WebAssembly.compile(readFileSync(new URL(path, ROOT)));

/** Our engine, on one of the two builds of the kernels. */
export async function startKernels(
  options: KernelsOptions = {},
  build: "relaxed" | "simd" = "relaxed",
): Promise<Engine> {
  return createKernelsEngine(await compile(`src/kernels/build/kernels.${build}.wasm`), options);
}

/** onnxruntime-web, the oracle. */
export async function startOnnxRuntime(): Promise<Engine> {
  const url = import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  return createOnnxRuntimeEngine(await WebAssembly.compile(readFileSync(fileURLToPath(url))));
}

/** A model as a source whose weights come in chunks of an odd size, so that they cut elements. */
export function sourceOf(model: Pick<BuiltModel, "graph" | "weights" | "weightsLocation">, chunk = 100_003) {
  const { graph, weights, weightsLocation } = model;
  return {
    graph,
    weightsLocation,
    weightsBytes: weights.length,
    openWeights: async () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < weights.length; at += chunk) {
            controller.enqueue(weights.subarray(at, at + chunk));
          }
          controller.close();
        },
      }),
  } satisfies GraphSource;
}

/** The made input of golden `tensor`: element i is ((i * multiplier) mod 256) / 127.5 - 1. */
export function madeInput(shape: readonly number[], multiplier = 7919, scale = 127.5, shift = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    dims: shape,
    data: Float32Array.from({ length: size }, (_, i) => ((i * multiplier) % 256) / scale - shift),
  };
}

/** The same for channels-last golden inputs, given as `[1, C, H, W]`. */
export function madeChannelsLast([, channels, height, width]: readonly number[], scale: number): Tensor {
  const data = new Float32Array(channels * height * width);
  for (let i = 0; i < data.length; i++) {
    const c = i % channels;
    const pixel = (i - c) / channels;
    data[c * height * width + pixel] = ((i * 7919) % 256) / scale;
  }
  return { dims: [1, channels, height, width], data };
}

/** The largest difference over the largest magnitude expected; NaN counts as endless. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i] - expected[i]);
    if (!(distance <= difference)) difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return difference === 0 ? 0 : difference / magnitude;
}

/** The largest relative error over all outputs, and whether their dims agree. */
export function compareOutputs(actual: Outputs, expected: Outputs): number {
  let worst = 0;
  for (const [name, { dims, data }] of Object.entries(expected)) {
    const own = actual[name];
    if (own?.dims.join() !== dims.join()) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, relativeError(own.data, data));
  }
  return worst;
}

/** A model that both engines must run: its graphs by role. */
export type Graphs = Readonly<Record<string, BuiltModel>>;

/** Converts a reference checkpoint. */
export async function convertReference(architecture: Architecture, checkpoint: string): Promise<Graphs> {
  const bytes = readFileSync(new URL(`checkpoints/${checkpoint}.pth`, SHARED));
  const { graphs } = await convertCheckpoint(architecture, bytes, { name: checkpoint });
  return graphs;
}

/** Imports the TensorFlow.js CenterNet of the npm package @vladmandic/human. */
export async function importCenternet(): Promise<Graphs> {
  const folder = new URL("node_modules/@vladmandic/human/models/", ROOT);
  const read = async (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
  const source = { modelJson: await read("centernet.json"), readShard: read };
  const model = await importTfjs(source, {
    name: "centernet_mobilenet_v3",
    weightsLocation: "centernet_mobilenet_v3.fp32.onnx.data",
    inputs: { "tower_0/images": "input" },
    outputs: { "tower_0/keypoints": "keypoints", "tower_0/wh": "wh" },
  });
  return { model };
}

/** Imports a TensorFlow Lite selfie segmenter of the npm package @mediapipe/selfie_segmentation. */
export function importSelfie(name: "selfie_segmentation" | "selfie_segmentation_landscape"): Graphs {
  const file = new URL(`node_modules/@mediapipe/selfie_segmentation/${name}.tflite`, ROOT);
  const weightsLocation = `${name}.fp32.onnx.data`;
  const model = importTflite(new Uint8Array(readFileSync(file)), { name, weightsLocation });
  return { model };
}
