/**
 * The Worker's entry: our own engine, and onnxruntime-web for what it does not run.
 *
 * @module
 */

import { createEntrypoint } from "./rpc.ts";
import { kernels } from "./runtime/engines/kernels/worker.ts";
import { onnxRuntime } from "./runtime/engines/onnxruntime/worker.ts";
import { createWorker } from "./worker.ts";

const app = createWorker([kernels, onnxRuntime]);

export default app;

/** For service bindings: `entrypoint = "Vision"`. */
export class Vision extends createEntrypoint(app) {}
