/**
 * Our own engine in Node.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Session } from "../../src/runtime/engines/engine.ts";
import { createKernelsEngine } from "../../src/runtime/engines/kernels/engine.ts";
import { ROOT } from "../models/paths.ts";
import type { GraphFiles } from "../models/store.ts";

/** Opens a graph with the kernels that use relaxed SIMD. @throws {EngineError} */
export async function openInKernels({ graph, weights, weightsLocation }: GraphFiles): Promise<Session> {
  const module = await readFile(path.join(ROOT, "src/kernels/build/kernels.relaxed.wasm"));
  const engine = await createKernelsEngine(await WebAssembly.compile(module));
  return engine.open({
    graph,
    weightsLocation,
    weightsBytes: weights.byteLength,
    openWeights: async () => new Blob([new Uint8Array(weights)]).stream(),
  });
}
