/**
 * `edge-vision/onnxruntime`: onnxruntime-web, for networks that our own engine does not run. Importing it makes a Worker 14 MB larger.
 *
 * @module
 */
export { onnxRuntime } from "./runtime/engines/onnxruntime/worker.ts";
