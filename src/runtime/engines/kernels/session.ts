/**
 * An open graph: feeds its inputs, runs its plan, reads its outputs.
 *
 * @module
 */
import {
  EngineError,
  type ImageTensor,
  type Inputs,
  type Outputs,
  type Session,
  type Tensor,
} from "../engine.ts";
import { isImageTensor } from "./bind/feed.ts";
import { type Bound, bind, type Feed } from "./bind/index.ts";
import type { Call, View } from "./calls.ts";
import { type Program, planFor } from "./compile.ts";
import { gather } from "./host/strided.ts";
import type { Host } from "./host/types.ts";
import { type LoadedWeights, rawBiasOffset } from "./loader.ts";
import type { Block } from "./memory.ts";
import type { Kernels } from "./module.ts";
import type { Plan, PlanOptions } from "./plan/build.ts";
import { elements } from "./views.ts";

/** What a session shares with others. */
export interface Runtime {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** The arena, of at least so many bytes; its contents last for one run. All sessions share it, as runs do not overlap. */
  arena(bytes: number): Block;
  readonly planOptions?: Partial<PlanOptions> | undefined;
  readonly probe?: Probe | undefined;
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

/** Plans kept: pictures come in a few shapes. */
const MAX_PLANS = 8;

/** Rows of a batch that a network without convolutions takes at once (the box head's regions). */
const MAX_ROWS = 128;

/** A plan with its calls bound to memory. */
interface BoundPlan {
  readonly plan: Plan;
  /** Where the arena lay when it was bound. */
  arena: number;
  calls: readonly Bound[];
}

/** The dims of an input as a tensor has them. */
function dimsOf(value: Tensor | ImageTensor): readonly number[] {
  return isImageTensor(value) ? [1, 3, value.height, value.width] : value.dims;
}

/** Checks what is fed against the graph. */
function checkInputs({ graph }: Program, inputs: Inputs): void {
  const names = graph.inputs.map(({ name }) => name).join(", ");
  for (const name of Object.keys(inputs)) {
    if (!graph.inputs.some((input) => input.name === name)) {
      throw new EngineError("bad_input", `the graph has no input "${name}"; its inputs: ${names}`);
    }
  }
  for (const { name, dims } of graph.inputs) {
    const value = inputs[name];
    if (!value) throw new EngineError("bad_input", `input "${name}" is missing`);
    const given = dimsOf(value);
    const fits = given.length === dims.length && dims.every((dim, i) => dim === null || dim === given[i]);
    const positive = given.every((dim) => Number.isInteger(dim) && dim > 0);
    const length = isImageTensor(value) ? value.pixels.length : value.data.length;
    if (!fits || !positive || length !== elements(given)) {
      const wanted = dims.map((dim) => dim ?? "any").join(", ");
      const got = `[${given.join(", ")}] with ${length} elements`;
      throw new EngineError("bad_input", `input "${name}" is ${got}, [${wanted}] is expected`);
    }
  }
}

/** How a batch is cut: images one at a time, rows of a matrix in blocks, and other batches as they are. */
function batchStep({ network, graph }: Program, inputs: Inputs): { batch: number; step: number } {
  const batches = graph.inputs.map(({ name }) => (inputs[name] ? (dimsOf(inputs[name])[0] ?? 1) : 1));
  const batch = batches[0] ?? 1;
  const free = [...graph.inputs, ...graph.outputs].every(({ dims }) => dims[0] === null);
  if (batch === 1 || !free || batches.some((other) => other !== batch)) return { batch, step: batch };
  const spatial = network.layers.some(
    ({ kind }) => kind !== "input" && kind !== "reshape" && kind !== "gemm",
  );
  return { batch, step: spatial ? 1 : MAX_ROWS };
}

export function createSession(
  program: Program,
  weights: LoadedWeights,
  runtime: Runtime,
  onClose: () => void,
): Session {
  const { graph, packs } = program;
  const plans = new Map<string, BoundPlan>();
  let open = true;
  let inputsNow: Inputs = {};
  let imageNow = 0;

  const feed: Feed = {
    get(name) {
      const value = inputsNow[name];
      if (!value) throw new EngineError("bad_input", `input "${name}" is missing`);
      return { value, image: imageNow };
    },
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
      place: (view) => ({ at: address(plan, arena, view) / 4, dims: view.dims, strides: view.strides }),
      weights(index) {
        const pack = packs.list[index];
        if (pack.layout) throw new EngineError("failed", `"${pack.weight.name}" is packed for a kernel`);
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
  function prepare(sizes: ReadonlyMap<string, readonly number[]>): BoundPlan {
    const key = [...sizes.values()].map((dims) => dims.join("x")).join(";");
    let bound = plans.get(key);
    if (!bound) {
      const plan = planFor(program, sizes, runtime.planOptions);
      bound = { plan, arena: -1, calls: [] };
    }
    // Most recently used last.
    plans.delete(key);
    plans.set(key, bound);
    for (const oldest of plans.keys()) {
      if (plans.size <= MAX_PLANS) break;
      plans.delete(oldest);
    }
    const { offset } = runtime.arena(bound.plan.arenaBytes);
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
    const outputs = new Map<string, { dims: readonly number[]; parts: Float32Array[] }>();
    try {
      for (let first = 0; first < batch; first += step) {
        const count = Math.min(step, batch - first);
        const sizes = new Map(
          graph.inputs.map(({ name }) => [name, dimsOf(inputs[name] as Tensor).with(0, count)] as const),
        );
        imageNow = first;
        const bound = prepare(sizes);
        for (const call of bound.calls) call();
        for (const [name, view] of bound.plan.outputs) {
          const dims = bound.plan.dims(name);
          const part = new Float32Array(elements(dims));
          readOutput(bound, { ...view, dims }, part);
          const entry = outputs.get(name) ?? { dims, parts: [] };
          entry.parts.push(part);
          outputs.set(name, entry);
        }
      }
    } finally {
      inputsNow = {};
    }
    const entries = [...outputs].map(([name, { dims, parts }]) => [name, join(dims, parts)] as const);
    return Object.fromEntries(entries);
  }

  return {
    engine: "kernels",
    inputs: graph.inputs.map(({ name, dims }) => ({ name, dims })),
    outputs: graph.outputs.map(({ name, dims }) => ({ name, dims })),
    run,
    async close() {
      if (!open) return;
      open = false;
      plans.clear();
      onClose();
    },
  };
}

/** Outputs of the parts of a batch, one after the other. */
function join(dims: readonly number[], parts: readonly Float32Array[]): Tensor {
  const [only] = parts;
  if (parts.length === 1 && only) return { dims, data: only };
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  const row = elements(dims.slice(1));
  return { dims: dims.with(0, row > 0 ? length / row : 0), data };
}
