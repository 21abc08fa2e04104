/**
 * The Worker's entry.
 *
 * @module
 */
import { onnxRuntime } from "./runtime/engines/onnxruntime/worker.ts";
import { createWorker } from "./worker.ts";

export default createWorker([onnxRuntime]);
