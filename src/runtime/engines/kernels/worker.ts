/**
 * How a Worker comes to our own engine: the build of the kernels that its host can run, imported as a compiled module.
 *
 * @module
 */
import relaxed from "../../../kernels/build/kernels.relaxed.wasm";
import simd from "../../../kernels/build/kernels.simd.wasm";
import type { EngineProvider } from "../engine.ts";
import { kernelsEstimates } from "./estimates.ts";
import { supportsRelaxedSimd } from "./module.ts";
import { warmKernels } from "./warm.ts";

const build = supportsRelaxedSimd() ? relaxed : simd;
// While the isolate starts: a first request would wait for it.
warmKernels(build);

/** Our own engine for a Worker: the default where it supports the graph. */
export const kernels: EngineProvider = {
  name: "kernels",
  ...kernelsEstimates,
  async start() {
    const { createKernelsEngine } = await import("./engine.ts");
    return createKernelsEngine(build);
  },
};
