/**
 * What onnxruntime-web takes of an isolate's memory, estimated before it is spent.
 *
 * @module
 */

/** WebAssembly memory before any model: 16 MiB, Emscripten's `INITIAL_MEMORY` of the npm build (1.30). */
export const ONNXRUNTIME_BASE_BYTES = 16 * 2 ** 20;

/**
 * Memory of an open graph with `weightsBytes` of external data: the weights once, and Emscripten's growth by 20 % steps. Measured in workerd:
 * 25 MiB for 21.9 MB (mobilenet_v3_large).
 */
export function onnxRuntimeModelBytes(weightsBytes: number): number {
  return Math.ceil(weightsBytes * 1.2);
}
