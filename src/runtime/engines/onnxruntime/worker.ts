/**
 * How a Worker comes to onnxruntime-web: both its code and its module are imported when the first graph asks for them, so that a Worker that
 * never does starts as fast as one without.
 *
 * @module
 */
import type { EngineProvider } from "../engine.ts";
import { onnxRuntimeMemory } from "./memory.ts";

/** onnxruntime-web for a Worker; leave it out of `createApp`'s `engines` and the bundle is 14 MB smaller. */
export const onnxRuntime: EngineProvider = {
  name: "onnxruntime",
  ...onnxRuntimeMemory,
  async start() {
    const [{ createOnnxRuntimeEngine }, wasm] = await Promise.all([
      import("./engine.ts"),
      import("onnxruntime-web/ort-wasm-simd-threaded.wasm"),
    ]);
    return createOnnxRuntimeEngine(wasm.default);
  },
};
