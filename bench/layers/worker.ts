/**
 * The Worker in which layers are timed, where they stand: in whole runs, between the layers before and after.
 *
 * workerd's clock ticks in milliseconds, and most calls take less. But a call of 0.1 ms sees a tick in a tenth of the runs: over hundreds of
 * them, the mean is right.
 *
 * @module
 */
/// <reference path="../../src/modules.d.ts" />
import relaxed from "../../src/kernels/build/kernels.relaxed.wasm";
import type { Inputs } from "../../src/runtime/engines/engine.ts";
import type { Call } from "../../src/runtime/engines/kernels/calls.ts";
import { callCost } from "../../src/runtime/engines/kernels/cost.ts";
import { createKernelsEngine } from "../../src/runtime/engines/kernels/engine.ts";
import { operationOf } from "../../src/runtime/engines/kernels/explain.ts";
import roofsModule from "../kernels/roofs.wasm";
import type { LayersAnswer, LayersRequest, LayerTime } from "./protocol.ts";

interface Env {
  MODELS: {
    get(
      key: string,
    ): Promise<{ body: ReadableStream<Uint8Array>; arrayBuffer(): Promise<ArrayBuffer> } | null>;
  };
}

interface Roofs {
  multiplyAdd(turns: number, at: number): number;
  copyBytes(turns: number, from: number, to: number, bytes: number): void;
  readBytes(turns: number, from: number, bytes: number): number;
}

/** Multiply-adds of a turn of the register loop (src/kernels/roofs.ts). */
const MACS_A_TURN = 48;
/** About 80 ms at 30 GMAC/s. */
const ROOF_TURNS = 5e7;
/** About a millisecond of the register loop. */
const TURNS_A_TICK = 6e5;
/** Working sets that memory is measured with: in the first, second and third cache, and beyond. */
const SETS = [16 << 10, 256 << 10, 4 << 20, 48 << 20] as const;
/** Bytes that one measurement of memory moves: 30 ms in the caches, 100 beyond. */
const MOVED = 2 ** 31;
const WARM_RUNS = 10;

async function getObject(env: Env, key: string) {
  const object = await env.MODELS.get(key);
  if (!object) throw new Error(`R2 has no ${key}`);
  return object;
}

function makeInputs({ sizes, pixels }: LayersRequest): Inputs {
  return Object.fromEntries(
    sizes.map(([name, dims]) => {
      const [, channels = 1, height = 1, width = 1] = dims;
      if (pixels && channels === 3) {
        const bytes = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) & 255);
        return [name, { height, width, pixels: bytes, scale: 1 / 255, mean: MEAN, std: STD }];
      }
      const size = dims.reduce((product, dim) => product * dim, 1);
      return [
        name,
        { dims, data: Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 256) / 127.5 - 1) },
      ];
    }),
  );
}

/** ImageNet's, as torchvision's presets have them. */
const MEAN = [0.485, 0.456, 0.406] as const;
const STD = [0.229, 0.224, 0.225] as const;

/** Rows and inputs of a matrix product: all of an image's where it runs in bands. */
function shapeOf(call: Call): { m: number; k: number } {
  if (call.op === "conv" && call.kind === "pointwise") {
    return { m: (call.rows[1] - call.rows[0]) * (call.output.dims[3] ?? 1), k: call.input.dims[1] ?? 1 };
  }
  return { m: 0, k: 0 };
}

/** The best of some measurements: whatever else runs on the machine only ever slows one. */
function best(rates: readonly number[]): number {
  return Math.max(...rates);
}

function timeRoofs(roofs: Roofs): { mac: number; copy: number[]; read: number[] } {
  const time = (run: () => void) => {
    const start = performance.now();
    run();
    return Math.max(1, performance.now() - start);
  };
  const half = (bytes: number) => bytes / 2;
  return {
    mac: (ROOF_TURNS * MACS_A_TURN) / time(() => roofs.multiplyAdd(ROOF_TURNS, 1024)),
    copy: SETS.map(
      (bytes) =>
        MOVED / time(() => roofs.copyBytes(MOVED / bytes, 1 << 16, (1 << 16) + half(bytes), half(bytes))),
    ),
    read: SETS.map((bytes) => MOVED / time(() => roofs.readBytes(MOVED / bytes, 1 << 16, bytes))),
  };
}

type Mutable = { -readonly [Key in keyof LayerTime]: LayerTime[Key] };

/** The share of runs that nothing else disturbed, at least; others within a tick of the clock count too, lest the clock's phase choose. */
const QUIET = 0.25;
const TICK = 1;

/** Means over the quickest runs. */
function quietMeans(
  layers: Iterable<Mutable>,
  runs: readonly { readonly total: number; readonly times: ReadonlyMap<Mutable, number> }[],
): { layers: LayerTime[]; run: number } {
  const totals = runs.map(({ total }) => total).sort((a, b) => a - b);
  const limit = (totals[Math.floor(totals.length * QUIET)] ?? 0) + TICK;
  const quiet = runs.filter(({ total }) => total <= limit);
  const mean = (of: (run: (typeof quiet)[number]) => number) =>
    quiet.reduce((sum, run) => sum + of(run), 0) / quiet.length;
  return {
    layers: [...layers].map((layer) => ({
      ...layer,
      milliseconds: mean(({ times }) => times.get(layer) ?? 0),
    })),
    run: mean(({ total }) => total),
  };
}

async function timeLayers(request: LayersRequest, env: Env): Promise<LayersAnswer> {
  const layers = new Map<string, Mutable>();
  let times = new Map<Mutable, number>();
  const engine = createKernelsEngine(relaxed, {
    probe(bound, call) {
      const operation = operationOf(call);
      const key = `${call.layer} ${operation}`;
      const { macs, bytes } = callCost(call);
      const fresh = {
        name: call.layer,
        operation,
        dims: call.output.dims,
        calls: 0,
        milliseconds: 0,
        macs: 0,
        bytes: 0,
      };
      const layer: Mutable = layers.get(key) ?? { ...fresh, ...shapeOf(call) };
      layers.set(key, layer);
      layer.calls++;
      layer.macs += macs;
      layer.bytes += bytes;
      return () => {
        const start = performance.now();
        bound();
        times.set(layer, (times.get(layer) ?? 0) + performance.now() - start);
      };
    },
  });
  const { graph, weights, weights_location: weightsLocation } = request.graph;
  const session = await engine.open({
    graph: new Uint8Array(await (await getObject(env, graph.key)).arrayBuffer()),
    weightsLocation,
    weightsBytes: weights.bytes,
    openWeights: async () => (await getObject(env, weights.key)).body,
  });
  const memory = new WebAssembly.Memory({ initial: (SETS[3] >> 16) + 2 });
  const roofs = new WebAssembly.Instance(roofsModule, { env: { memory } }).exports as unknown as Roofs;
  const inputs = makeInputs(request);
  for (let i = 0; i < WARM_RUNS; i++) await session.run(inputs);
  const rates = [timeRoofs(roofs)];
  const runs: { total: number; times: Map<Mutable, number> }[] = [];
  let spent = 0;
  // The roofs are measured four times, in between.
  for (let part = 1; part <= 4; part++) {
    while (spent < (request.milliseconds * part) / 4) {
      times = new Map();
      // Runs start anywhere between two ticks of the clock.
      roofs.multiplyAdd(Math.floor(Math.random() * TURNS_A_TICK), 1024);
      const start = performance.now();
      await session.run(inputs);
      const total = performance.now() - start;
      runs.push({ total, times });
      spent += total;
    }
    rates.push(timeRoofs(roofs));
  }
  const pick = (of: "copy" | "read") =>
    SETS.map((bytes, i) => [bytes, best(rates.map((rate) => rate[of][i] ?? 0))] as const);
  return {
    ...quietMeans(layers.values(), runs),
    runs: runs.length,
    macRoof: best(rates.map(({ mac }) => mac)),
    copyRoofs: pick("copy"),
    readRoofs: pick("read"),
  };
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      return Response.json(await timeLayers((await request.json()) as LayersRequest, env));
    } catch (error) {
      return new Response(error instanceof Error ? (error.stack ?? error.message) : String(error), {
        status: 500,
      });
    }
  },
};
