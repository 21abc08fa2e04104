/**
 * The Worker that the engine benchmark runs: opens models and times runs, when asked over HTTP.
 *
 * @module
 */
import installed from "../../models/build/manifest.json";
import type {
  Engine,
  EngineName,
  EngineProvider,
  ImageTensor,
  Session,
  Tensor,
} from "../../src/runtime/engines/engine.ts";
import { kernels } from "../../src/runtime/engines/kernels/worker.ts";
import { onnxRuntime } from "../../src/runtime/engines/onnxruntime/worker.ts";
import { Manifest, type StoredGraph, type VariantName } from "../../src/runtime/manifest.ts";
import { detect } from "../../src/runtime/tasks/detection/detect.ts";
import type { Choice, Opened, Timed } from "./protocol.ts";

interface Env {
  MODELS: {
    get(
      key: string,
    ): Promise<{ body: ReadableStream<Uint8Array>; arrayBuffer(): Promise<ArrayBuffer> } | null>;
  };
}

const PROVIDERS: readonly EngineProvider[] = [kernels, onnxRuntime];
const manifest = Manifest.parse(installed);
const engines = new Map<EngineName, Promise<Engine>>();
const workloads = new Map<string, () => Promise<unknown>>();

function startEngine(name: EngineName): Promise<Engine> {
  const provider = PROVIDERS.find((one) => one.name === name);
  if (!provider) throw new Error(`There is no engine ${name}.`);
  const started = engines.get(name) ?? provider.start();
  engines.set(name, started);
  return started;
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

/** Pixels that look like noise, the same in every run. */
function noise(height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(height * width * 3);
  for (let index = 0; index < pixels.length; index++) pixels[index] = (index * 7919) & 255;
  return pixels;
}

function makeWorkload({ model, height, width }: Choice, sessions: Record<string, Session>) {
  const { card } = manifest.models[model] as Manifest["models"][string];
  const { scale, mean, std } = card.preprocess;
  const image: ImageTensor = { height, width, pixels: noise(height, width), scale, mean, std };
  if (card.task !== "detection") return async () => sessions.model?.run({ input: image });
  const planar: Tensor = { dims: [1, 3, height, width], data: toPlanar(image) };
  const input = card.preprocess.kind === "generalized_rcnn" ? planar : image;
  const geometry = {
    original: { width, height },
    resized: { width, height },
    input: { width, height },
  };
  const detector = { output: card.output, labels: card.labels, sessions };
  return () => detect(detector, input, { ...WHOLE, ...geometry }, {});
}

/** A picture that fills the network's input. */
const WHOLE = { offset: { x: 0, y: 0 }, orientation: 1, capped: false } as const;

function toPlanar({ height, width, pixels, scale, mean, std }: ImageTensor): Float32Array {
  const plane = height * width;
  const data = new Float32Array(3 * plane);
  for (let index = 0; index < plane; index++) {
    for (let channel = 0; channel < 3; channel++) {
      const byte = pixels[index * 3 + channel] as number;
      data[channel * plane + index] = (byte * scale - (mean[channel] as number)) / (std[channel] as number);
    }
  }
  return data;
}

const METHODS: Readonly<Record<string, (parameters: never, env: Env) => Promise<unknown>>> = {
  async open(choice: Choice, env: Env): Promise<Opened> {
    const variant = manifest.models[choice.model]?.variants[choice.variant as VariantName];
    if (!variant) throw new Error(`${choice.model} has no variant ${choice.variant}.`);
    let start = performance.now();
    await readGraphs(env, Object.values(variant.graphs));
    const storage_ms = performance.now() - start;
    start = performance.now();
    const engine = await startEngine(choice.engine);
    const sessions: Record<string, Session> = {};
    for (const [role, stored] of Object.entries(variant.graphs)) {
      sessions[role] = await openGraph(engine, env, stored);
    }
    const load_ms = performance.now() - start;
    workloads.set(JSON.stringify(choice), makeWorkload(choice, sessions));
    return { load_ms, storage_ms };
  },

  /** Runs each of the choices in turn, `rounds` times. */
  async time({ choices, rounds }: { choices: Choice[]; rounds: number }): Promise<Timed> {
    const times: number[][] = choices.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [index, choice] of choices.entries()) {
        const run = workloads.get(JSON.stringify(choice));
        if (!run) throw new Error(`${choice.model} is not open.`);
        const start = performance.now();
        await run();
        times[index]?.push(performance.now() - start);
      }
    }
    return { times };
  },

  async memory({ engine }: { engine: EngineName }): Promise<{ wasm: number }> {
    return { wasm: (await startEngine(engine)).memory().wasm };
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
