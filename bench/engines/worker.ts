/**
 * The Worker that the engine benchmark runs: opens models and times runs, when asked over HTTP.
 *
 * @module
 */
import installed from "../../models/build/manifest.json";
import relaxed from "../../src/kernels/build/kernels.relaxed.wasm";
import type { Engine, EngineName, EngineProvider, Session } from "../../src/runtime/engines/engine.ts";
import { createKernelsEngine } from "../../src/runtime/engines/kernels/engine.ts";
import { bindKernels, MIN_MEMORY_PAGES } from "../../src/runtime/engines/kernels/module.ts";
import { Q8_PATH } from "../../src/runtime/engines/kernels/module-q8.ts";
import { q8Path } from "../../src/runtime/engines/kernels/packing/q8.ts";
import { kernels } from "../../src/runtime/engines/kernels/worker.ts";
import { onnxRuntime } from "../../src/runtime/engines/onnxruntime/worker.ts";
import { Manifest, type StoredGraph, type VariantName } from "../../src/runtime/manifest.ts";
import type { Choice, DotPath, Opened, Timed, Timing } from "./protocol.ts";
import { recordStages, replayStages, type Stages } from "./stages.ts";
import { makeWorkload } from "./workload.ts";

interface Env {
  MODELS: {
    get(
      key: string,
    ): Promise<{ body: ReadableStream<Uint8Array>; arrayBuffer(): Promise<ArrayBuffer> } | null>;
  };
}

const PROVIDERS: readonly EngineProvider[] = [kernels, onnxRuntime];
const manifest = Manifest.parse(installed);
const engines = new Map<string, Promise<Engine>>();
const workloads = new Map<string, () => Promise<unknown>>();
const opened = new Map<string, Readonly<Record<string, Session>>>();
/** What a detector's graphs gave when that was recorded: what all that are opened later go on with. */
let stages: Stages | undefined;

/** One engine for each way to multiply: weights are packed for it. */
function startEngine({ engine: name, dotPath }: Pick<Choice, "engine" | "dotPath">): Promise<Engine> {
  const key = `${name} ${dotPath}`;
  const started = engines.get(key) ?? (dotPath ? startForced(dotPath) : startByName(name));
  engines.set(key, started);
  return started;
}

async function startByName(name: EngineName): Promise<Engine> {
  const provider = PROVIDERS.find((one) => one.name === name);
  if (!provider) throw new Error(`There is no engine ${name}.`);
  return provider.start();
}

async function startForced(dotPath: DotPath): Promise<Engine> {
  return createKernelsEngine(relaxed, { dotPath: { code: Q8_PATH[dotPath], signed: ownPath().signed } });
}

/** The fastest exact way of this processor. */
function ownPath() {
  const memory = new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES });
  return q8Path(bindKernels(relaxed, memory).kernels.dotPathQ8());
}

async function getObject(env: Env, key: string) {
  const object = await env.MODELS.get(key);
  if (!object) throw new Error(`R2 has no ${key}`);
  return object;
}

async function openGraph(engine: Engine, env: Env, stored: StoredGraph): Promise<Session> {
  const graph = new Uint8Array(await (await getObject(env, stored.graph.key)).arrayBuffer());
  return engine.open({
    graph,
    weightsLocation: stored.weights_location,
    weightsBytes: stored.weights.bytes,
    openWeights: async () => (await getObject(env, stored.weights.key)).body,
  });
}

/** The graphs of a model, read and hashed but not opened: what of the loading time is storage's. */
async function readGraphs(env: Env, graphs: readonly StoredGraph[]): Promise<void> {
  for (const stored of graphs) {
    for (const { key } of [stored.graph, stored.weights]) {
      await crypto.subtle.digest("SHA-256", await (await getObject(env, key)).arrayBuffer());
    }
  }
}

const METHODS: Readonly<Record<string, (parameters: never, env: Env) => Promise<unknown>>> = {
  async open(choice: Choice, env: Env): Promise<Opened> {
    const model = manifest.models[choice.model];
    const variant = model?.variants[choice.variant as VariantName];
    if (!model || !variant) throw new Error(`${choice.model} has no variant ${choice.variant}.`);
    let start = performance.now();
    await readGraphs(env, Object.values(variant.graphs));
    const storage_ms = performance.now() - start;
    start = performance.now();
    const engine = await startEngine(choice);
    const sessions: Record<string, Session> = {};
    for (const [role, stored] of Object.entries(variant.graphs)) {
      sessions[role] = await openGraph(engine, env, stored);
    }
    const load_ms = performance.now() - start;
    const staged = stages ? replayStages(sessions, stages) : sessions;
    workloads.set(JSON.stringify(choice), makeWorkload(model, choice, staged));
    opened.set(JSON.stringify(choice), sessions);
    return { load_ms, storage_ms };
  },

  /** Records what the graphs of an open detector give. */
  async record(choice: Choice) {
    const model = manifest.models[choice.model];
    const sessions = opened.get(JSON.stringify(choice));
    if (!model || !sessions) throw new Error(`${choice.model} is not open.`);
    const recording = recordStages(sessions);
    await makeWorkload(model, choice, recording.sessions)();
    stages = recording.stages;
    return {};
  },

  async time({ choices, repeats, rounds }: Timing): Promise<Timed> {
    const times: number[][] = choices.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, choice] of choices.entries()) {
        const run = workloads.get(JSON.stringify(choice));
        if (!run) throw new Error(`${choice.model} is not open.`);
        const count = repeats[index] ?? 1;
        const start = performance.now();
        for (let repeat = 0; repeat < count; repeat++) await run();
        times[index]?.push((performance.now() - start) / count);
      }
    }
    return { times };
  },

  async memory(choice: Choice): Promise<{ wasm: number }> {
    return { wasm: (await startEngine(choice)).memory().wasm };
  },

  /** The way to multiply that the engine takes here. */
  async path(): Promise<DotPath | undefined> {
    return (Object.keys(Q8_PATH) as DotPath[]).find((name) => Q8_PATH[name] === ownPath().code);
  },

  /** Does nothing: the idle Worker. */
  async idle() {
    return {};
  },
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const method = METHODS[new URL(request.url).pathname.slice(1)];
    if (!method) return new Response("no such method", { status: 404 });
    try {
      return Response.json(await method((await request.json()) as never, env));
    } catch (error) {
      return new Response(error instanceof Error ? (error.stack ?? error.message) : String(error), {
        status: 500,
      });
    }
  },
};
