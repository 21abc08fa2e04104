/**
 * The engine that runs any ONNX graph: onnxruntime-web, one thread.
 *
 * @module
 */
import { type Engine, EngineError, type GraphSource } from "../engine.ts";
import { startOnnxRuntime } from "./instantiate.ts";
import { openSession } from "./session.ts";

/** onnxruntime is a singleton in an isolate, so its memory is too. */
let started: Promise<WebAssembly.Memory> | undefined;

/** Graphs are opened one after the other: closing the external data of one drops that of all (`unmountExternalData`). */
let opening: Promise<unknown> = Promise.resolve();

/**
 * Starts onnxruntime-web with its compiled module `ort-wasm-simd-threaded.wasm`.
 *
 * @example
 * ```ts
 * // in Node
 * const path = import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
 * const engine = await createOnnxRuntimeEngine(await WebAssembly.compile(await readFile(fileURLToPath(path))));
 * ```
 * @throws {EngineError} `failed`, also at every later call.
 */
export async function createOnnxRuntimeEngine(module: WebAssembly.Module): Promise<Engine> {
  started ??= startOnnxRuntime(module);
  let memory: WebAssembly.Memory;
  try {
    memory = await started;
  } catch (cause) {
    throw new EngineError("failed", `onnxruntime does not start: ${String(cause)}`, { cause });
  }
  return {
    name: "onnxruntime",
    memory: () => ({ wasm: memory.buffer.byteLength }),
    async open(source) {
      const data = await readWeights(source);
      const session = opening.then(() =>
        openSession(source.graph, { location: source.weightsLocation, data }),
      );
      opening = session.catch(() => undefined);
      return session;
    },
  };
}

/** The whole data file in one allocation: onnxruntime takes it as one array. */
async function readWeights(source: GraphSource): Promise<Uint8Array> {
  const data = new Uint8Array(source.weightsBytes);
  let filled = 0;
  for await (const chunk of await source.openWeights()) {
    if (filled + chunk.byteLength > data.byteLength) {
      throw new EngineError("failed", `the weights are longer than the ${data.byteLength} bytes announced`);
    }
    data.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled !== data.byteLength) {
    throw new EngineError("failed", `the weights end after ${filled} of ${data.byteLength} bytes`);
  }
  return data;
}
