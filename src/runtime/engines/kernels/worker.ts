/**
 * How a Worker comes to our own engine: the build of the kernels that its host can run, imported as a compiled module.
 *
 * @module
 */
import relaxed from "../../../kernels/build/kernels.relaxed.wasm";
import simd from "../../../kernels/build/kernels.simd.wasm";
import type { EngineProvider } from "../engine.ts";
import { supportsRelaxedSimd } from "./module.ts";
import { warmKernels } from "./warm.ts";

const build = supportsRelaxedSimd() ? relaxed : simd;
// While the isolate starts: a first request would wait for it.
warmKernels(build);

/** Packed weights are padded to whole tiles. */
const MODEL_FACTOR = 1.02;

/** Weights are packed as they stream in: a tile's rows and a chunk or two. */
const LOAD_BYTES = 2 * 2 ** 20;

/**
 * A run, by the pixels of the network's input, before the graph is known: 14 bytes of arena and 5 of outputs on Faster R-CNN at 800×1344, which comes
 * nearest to the limit. Others take up to three times as much, and are far from it; what they take is known when they are open.
 */
const RUN_BYTES_PER_PIXEL = 22;

/** Our own engine for a Worker: the default where it supports the graph. */
export const kernels: EngineProvider = {
  name: "kernels",
  // The memory's first pages (`MIN_MEMORY_PAGES`).
  baseBytes: 2 ** 20,
  modelBytes: (weightsBytes) => Math.ceil(weightsBytes * MODEL_FACTOR),
  loadBytes: () => LOAD_BYTES,
  runBytes: (pixels) => pixels * RUN_BYTES_PER_PIXEL,
  async start() {
    const { createKernelsEngine } = await import("./engine.ts");
    return createKernelsEngine(build);
  },
};
