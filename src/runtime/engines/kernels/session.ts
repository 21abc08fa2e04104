/**
 * An open graph: feeds its inputs, runs its plan, reads its outputs.
 *
 * @module
 */

import { EngineError, type Inputs, type Outputs, type Session, type Tensor } from "../engine.ts";
import type { MakeRowLoops } from "../row-loops.ts";
import { type Bound, bind, type Feed } from "./bind/index.ts";
import type { Call, View } from "./calls.ts";
import type { Program } from "./compile.ts";
import { gather } from "./host/strided.ts";
import type { Host } from "./host/types.ts";
import { batchStep, checkInputs, dimsOf, isRegionTensor, sizesFor } from "./inputs.ts";
import type { LoadedWeights } from "./loader.ts";
import type { Block } from "./memory.ts";
import type { Kernels } from "./module.ts";
import type { Plan } from "./plan/build.ts";
import type { BoundPlan, Plans } from "./plans.ts";
import { type PlacedRegions, placeRegions, regionBytes } from "./regions.ts";
import { rawBiasOffset } from "./sinks.ts";
import { ELEMENT_SIZE, elements } from "./views.ts";

/** What a session shares with others. */
export interface Runtime {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** The arena, of at least so many bytes; its contents last for one run. All sessions share it, as runs do not overlap. */
  arena(bytes: number): Block;
  readonly probe?: Probe | undefined;
  readonly rowLoops: MakeRowLoops;
}

/** A plan in memory, as a probe sees it. */
export interface PlacedPlan {
  readonly plan: Plan;
  readonly memory: WebAssembly.Memory;
  /** First byte of the arena. */
  readonly arena: number;
  /** Byte address of a view's element zero. */
  address(view: View): number;
}

/** Stands around every call of a plan: to check it, or to time it. Gives what is run in the call's place. */
export type Probe = (bound: Bound, call: Call, placed: PlacedPlan) => Bound;

/** Opens a program whose weights are loaded. */
export function createSession(
  program: Program,
  plans: Plans,
  weights: LoadedWeights,
  runtime: Runtime,
  onClose: () => void,
): Session {
  const { graph, packs } = program;
  let open = true;
  let inputsNow: Inputs = {};
  let imageNow = 0;
  const regionsNow = new Map<string, PlacedRegions>();

  const feed: Feed = {
    get(name) {
      const value = inputsNow[name];
      if (!value) throw new EngineError("bad_input", `input "${name}" is missing`);
      return { value, image: imageNow };
    },
    regions: (name) => regionsNow.get(name),
  };

  /** Byte address of a view's element zero. */
  function address(plan: Plan, arena: number, view: View): number {
    const buffer = plan.buffers[view.buffer];
    const start =
      buffer.space === "weights" ? weights.address(buffer.weights) : arena + plan.offsets[view.buffer];
    return start + view.offset;
  }

  function hostOf(plan: Plan, arena: number): Host {
    return {
      f32: () => new Float32Array(runtime.memory.buffer),
      u8: () => new Uint8Array(runtime.memory.buffer),
      place(view) {
        const { dims, strides, storage } = view;
        return { at: address(plan, arena, view) / ELEMENT_SIZE[storage], dims, strides };
      },
      weights(index) {
        const pack = packs.list[index];
        if (pack.kind !== "floats" || pack.layout) {
          throw new EngineError("failed", `weights ${index} are packed for a kernel`);
        }
        const weight = weights.address(index) / 4;
        return { weight, bias: weight + rawBiasOffset(pack.weight) };
      },
    };
  }

  function bindPlan(plan: Plan, arena: number): Bound[] {
    const host = hostOf(plan, arena);
    const target = {
      kernels: runtime.kernels,
      memory: runtime.memory,
      address: (view: View) => address(plan, arena, view),
      weights: (index: number) => weights.address(index),
      weightBytes: (index: number) => weights.bytes(index),
      pack: (index: number) => packs.list[index],
      host,
    };
    const { memory, probe } = runtime;
    const placed = { plan, memory, arena, address: target.address };
    return plan.calls.map((call) => {
      const bound = bind(call, target, feed);
      return probe ? probe(bound, call, placed) : bound;
    });
  }

  /** The plan for these dims, bound to the arena where it is now. */
  function prepare(sizes: ReadonlyMap<string, readonly number[]>, extraBytes: number): BoundPlan {
    const bound = plans.get(sizes);
    const { offset } = runtime.arena(bound.plan.arenaBytes + extraBytes);
    if (offset !== bound.arena) {
      bound.calls = bindPlan(bound.plan, offset);
      bound.arena = offset;
    }
    return bound;
  }

  /** Copies an output out, row-major. */
  function readOutput({ plan, arena }: BoundPlan, view: View, into: Float32Array): void {
    const host = hostOf(plan, arena);
    gather(host.f32(), host.place(view), into);
  }

  async function run(inputs: Inputs): Promise<Outputs> {
    if (!open) throw new EngineError("failed", "the session is closed");
    checkInputs(program, inputs);
    inputsNow = inputs;
    const { batch, step } = batchStep(program, inputs);
    const outputs = new Map<string, Tensor>();
    // Feature maps that regions are cut from lie behind the plan's arena.
    const cut = Object.entries(inputs).flatMap(([name, value]) =>
      isRegionTensor(value) ? [[name, value] as const] : [],
    );
    const extraBytes = cut.reduce((sum, [, value]) => sum + regionBytes(value), 0);
    try {
      for (let first = 0; first < batch; first += step) {
        const count = Math.min(step, batch - first);
        const sizes = new Map(
          graph.inputs.map(({ name }) => [name, dimsOf(inputs[name] as Tensor).with(0, count)] as const),
        );
        imageNow = first;
        const bound = prepare(sizes, extraBytes);
        // The first part is the largest: where its arena ends is behind that of all.
        if (first === 0) {
          let at = bound.arena + bound.plan.arenaBytes;
          for (const [name, value] of cut) {
            regionsNow.set(name, placeRegions(value, at, runtime.kernels, runtime.memory));
            at += regionBytes(value);
          }
        }
        for (const call of bound.calls) call();
        for (const [name, view] of bound.plan.outputs) {
          const dims = bound.plan.dims(name);
          const perImage = elements(dims) / count;
          const whole = outputs.get(name) ?? roomFor(dims, batch / count);
          outputs.set(name, whole);
          const part = whole.data.subarray(first * perImage, (first + count) * perImage);
          readOutput(bound, { ...view, dims }, part);
        }
      }
    } finally {
      inputsNow = {};
      regionsNow.clear();
    }
    return Object.fromEntries(outputs);
  }

  return {
    engine: "kernels",
    inputs: graph.inputs.map(({ name, dims }) => ({ name, dims })),
    outputs: graph.outputs.map(({ name, dims }) => ({ name, dims })),
    weightsBytes: weights.blocks.reduce((sum, { bytes }) => sum + bytes, 0),
    cutsRegions: true,
    rowLoops: runtime.rowLoops,
    runBytes(size) {
      const { plan } = plans.get(sizesFor(program, size));
      const outputs = [...plan.outputs.keys()].map((name) => elements(plan.dims(name)) * ELEMENT_SIZE.f32);
      return outputs.reduce((sum, bytes) => sum + bytes, plan.arenaBytes);
    },
    run,
    async close() {
      if (!open) return;
      open = false;
      plans.clear();
      onClose();
    },
  };
}

/** Room for an output of all parts of a batch, of which the first has these dims, and so many times as much is in all. */
function roomFor(dims: readonly number[], times: number): Tensor {
  const data = new Float32Array(elements(dims) * times);
  return { dims: times === 1 ? dims : dims.with(0, (dims[0] ?? 1) * times), data };
}
