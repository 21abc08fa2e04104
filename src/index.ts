/**
 * The Worker's entry: our own engine, and onnxruntime-web for what it does not run.
 *
 * @module
 */
import { kernels } from "./runtime/engines/kernels/worker.ts";
import { onnxRuntime } from "./runtime/engines/onnxruntime/worker.ts";
import { createWorker } from "./worker.ts";

export default createWorker([kernels, onnxRuntime]);
