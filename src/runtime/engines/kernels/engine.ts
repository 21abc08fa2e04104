/**
 * Our own engine: compiles an ONNX graph to calls of the kernels in `src/kernels`, on one WebAssembly memory for all models.
 *
 * @module
 */
import { type Engine, EngineError } from "../engine.ts";
import { compile, forRuns, typicalSizes } from "./compile.ts";
import { sizesFor } from "./inputs.ts";
import { loadWeights } from "./loader.ts";
import { type Block, createHeap } from "./memory.ts";
import { bindKernels, MEMORY_BASE, MIN_MEMORY_PAGES } from "./module.ts";
import { type Q8Path, q8Path } from "./packing/q8.ts";
import type { PlanOptions } from "./plan/build.ts";
import { createPlans, type Plans } from "./plans.ts";
import { ROW_LOOPS_BYTES, rowLoopsAt } from "./row-loops.ts";
import { createSession, type Probe } from "./session.ts";

/** Settings of the engine. */
export interface KernelsOptions {
  /** Hard maximum of the WebAssembly memory, in bytes. Default: 4 GiB less a page, the most there can be. */
  readonly maxBytes?: number;
  /** For tests and benchmarks: how plans are built, and what stands around each call. */
  readonly planOptions?: Partial<PlanOptions>;
  readonly probe?: Probe;
  /** How integer matrices are multiplied. Default: the fastest exact way of this processor. */
  readonly dotPath?: Q8Path;
}

/** WebAssembly's limit of 65,536 pages, less one: sizes stay below 2^32. */
const MOST_BYTES = 65_535 * 65_536;

/**
 * Starts the engine.
 *
 * @param module One of the two builds of the kernels, compiled: `kernels.relaxed.wasm` where `supportsRelaxedSimd()`, else
 * `kernels.simd.wasm`.
 * @example
 * ```ts
 * const engine = createKernelsEngine(relaxed);
 * const session = await engine.open(source);
 * const { logits } = await session.run({ input: { dims: [1, 3, 224, 224], data } });
 * ```
 */
export function createKernelsEngine(module: WebAssembly.Module, options: KernelsOptions = {}): Engine {
  const memory = new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES });
  const { kernels } = bindKernels(module, memory);
  const rowLoops = rowLoopsAt(kernels, memory, MEMORY_BASE);
  const heap = createHeap(memory, MEMORY_BASE + ROW_LOOPS_BYTES, options.maxBytes ?? MOST_BYTES);
  const dotPath = options.dotPath ?? q8Path(kernels.dotPathQ8());
  let arena: Block | undefined;
  /** Those of open graphs. */
  const allPlans = new Set<Plans>();

  /** One arena for all sessions: it moves when a larger one is needed. */
  function arenaOf(bytes: number): Block {
    if (arena && arena.bytes >= bytes) return arena;
    freeArena();
    arena = heap.allocate(bytes, "activations");
    return arena;
  }

  function freeArena(): void {
    if (arena) heap.free(arena);
    arena = undefined;
    for (const plans of allPlans) plans.unbind();
  }

  return {
    name: "kernels",
    memory: () => ({ wasm: memory.buffer.byteLength }),
    async open(source) {
      const compiled = compile(source.graph);
      const program = forRuns(compiled);
      const { planOptions, probe } = options;
      const plans = createPlans(program, planOptions);
      // Lowering can refuse, too: better now than in the first run. What it refuses of one size only is left to that run.
      const { size } = source;
      if (!size || !canPlan(plans, sizesFor(program, size))) plans.get(typicalSizes(program.graph));
      // It keeps nothing between runs. Weights that are loaded behind it would leave a hole when it grows: as large as the largest but one.
      freeArena();
      const weights = await loadWeights(compiled.packs, source, heap, kernels, dotPath);
      allPlans.add(plans);
      const runtime = { kernels, memory, arena: arenaOf, probe, rowLoops };
      return createSession(program, plans, weights, runtime, () => {
        for (const block of weights.blocks) heap.free(block);
        allPlans.delete(plans);
        if (allPlans.size === 0) freeArena();
      });
    },
  };
}

/** Makes a plan, if there is one for such inputs. */
function canPlan(plans: Plans, sizes: ReadonlyMap<string, readonly number[]>): boolean {
  try {
    plans.get(sizes);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.kind === "unsupported_graph") return false;
    throw error;
  }
}
