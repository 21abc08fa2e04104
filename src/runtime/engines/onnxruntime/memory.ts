/**
 * What onnxruntime-web takes of an isolate's memory, estimated before it is spent.
 *
 * Measured with 1.30 (its heap grows by steps of 20 %), MiB after the run against what is estimated here: mobilenet_v3_small 224 28 / 34,
 * mobilenet_v3_large 224 48 / 48, lraspp 520×693 71 / 72, lraspp 520×1333 115 / 110, deeplabv3 520×693 105 / 110, fasterrcnn_320 320×640
 * 135 / 132. The fully connected layers of a Faster R-CNN are held twice, its activations are small: the errors cancel.
 *
 * @module
 */
import type { EngineProvider } from "../engine.ts";

/** WebAssembly memory before any model: 16 MiB, Emscripten's `INITIAL_MEMORY` of the npm build. */
const BASE_BYTES = 16 * 2 ** 20;

/** Weights are held once, those of fully connected layers for a while twice. */
const MODEL_FACTOR = 1.25;

/**
 * Activations (120): the largest maps of this family are those of its first blocks, 16 to 64 channels at half the input's size. And the input
 * in floats (12), in JavaScript.
 */
const RUN_BYTES_PER_PIXEL = 132;

/** See {@link EngineProvider}. */
export const onnxRuntimeMemory: Pick<EngineProvider, "baseBytes" | "modelBytes" | "loadBytes" | "runBytes"> =
  {
    baseBytes: BASE_BYTES,
    modelBytes: (weightsBytes) => Math.ceil(weightsBytes * MODEL_FACTOR),
    // The data file in one JavaScript buffer.
    loadBytes: (weightsBytes) => weightsBytes,
    runBytes: (pixels) => pixels * RUN_BYTES_PER_PIXEL,
  };
