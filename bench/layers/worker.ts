/**
 * The Worker in which layers are timed, call by call, where they stand: in whole runs, after the layer before. There each is called several times in
 * a row, as workerd's clock is coarse.
 *
 * @module
 */
/// <reference path="../../src/modules.d.ts" />
import relaxed from "../../src/kernels/build/kernels.relaxed.wasm";
import type { Inputs, Session } from "../../src/runtime/engines/engine.ts";
import type { Call } from "../../src/runtime/engines/kernels/calls.ts";
import { callCost } from "../../src/runtime/engines/kernels/cost.ts";
import { createKernelsEngine } from "../../src/runtime/engines/kernels/engine.ts";
import { operationOf } from "../../src/runtime/engines/kernels/explain.ts";
import type { FineClock } from "./clock.ts";
import type { LayersAnswer, LayersRequest, LayerTime } from "./protocol.ts";
import { openRoofs } from "./roofs.ts";

interface Env {
  MODELS: {
    get(
      key: string,
    ): Promise<{ body: ReadableStream<Uint8Array>; arrayBuffer(): Promise<ArrayBuffer> } | null>;
  };
}

const WARM_RUNS = 10;
/** Timed runs at least: the best is taken, as of the roofs, since whatever else runs on the machine only ever slows one. */
const LEAST_RUNS = 6;
/** A measurement lasts about so many milliseconds: short, so that some are not disturbed. */
const TARGET_MS = 1;
const MOST_REPEATS = 500;

/** How often the roofs are measured, in between. */
const PARTS = 4;
/** ImageNet's, as torchvision's presets have them. */
const MEAN = [0.485, 0.456, 0.406] as const;
const STD = [0.229, 0.224, 0.225] as const;

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
      const data = Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 256) / 127.5 - 1);
      if (channels !== 3) return [name, { dims, data }];
      // A detector's rows, as if they cost nothing to make.
      const row = (y: number, into: Float32Array) =>
        into.set(data.subarray(3 * width * y, 3 * width * (y + 1)));
      return [name, { height, width, row }];
    }),
  );
}

/** Rows and inputs of a matrix product. */
function shapeOf(call: Call): { m: number; k: number } {
  if (call.op !== "conv" || call.kind !== "pointwise") return { m: 0, k: 0 };
  const [batch = 1, , height = 1, width = 1] = call.output.dims;
  return { m: batch * height * width, k: call.input.dims[1] ?? 1 };
}

/** A call and the times that it took. */
interface TimedCall {
  readonly call: Call;
  readonly times: number[];
}

/** The calls of each node and operation, taken together. */
function layersOf(calls: readonly TimedCall[]): LayerTime[] {
  const layers = new Map<string, LayerTime>();
  for (const { call, times } of calls) {
    const operation = operationOf(call);
    const key = `${call.layer} ${operation}`;
    const known = layers.get(key);
    const { macs, bytes } = callCost(call);
    layers.set(key, {
      name: call.layer,
      operation,
      dims: call.output.dims,
      ...shapeOf(call),
      calls: (known?.calls ?? 0) + 1,
      milliseconds: (known?.milliseconds ?? 0) + Math.min(...times),
      macs: (known?.macs ?? 0) + macs,
      bytes: (known?.bytes ?? 0) + bytes,
    });
  }
  return [...layers.values()];
}

async function openGraph(
  { graph: { graph, weights, weights_location: weightsLocation } }: LayersRequest,
  env: Env,
  clockNow: () => FineClock | undefined,
): Promise<{ session: Session; calls: TimedCall[] }> {
  const calls: TimedCall[] = [];
  const engine = createKernelsEngine(relaxed, {
    probe(bound, call) {
      const timed: TimedCall = { call, times: [] };
      calls.push(timed);
      let repeats = 0;
      return () => {
        const clock = clockNow();
        if (!clock) {
          bound();
          return;
        }
        if (repeats === 0) {
          const rough = Math.min(...[1, 2, 3].map(() => clock.time(bound, 4)));
          repeats = Math.ceil(Math.min(TARGET_MS / rough, MOST_REPEATS));
        }
        timed.times.push(clock.time(bound, repeats));
      };
    },
  });
  const session = await engine.open({
    graph: new Uint8Array(await (await getObject(env, graph.key)).arrayBuffer()),
    weightsLocation,
    weightsBytes: weights.bytes,
    openWeights: async () => (await getObject(env, weights.key)).body,
  });
  return { session, calls };
}

async function timeLayers(request: LayersRequest, env: Env): Promise<LayersAnswer> {
  const roofs = openRoofs();
  let clock: FineClock | undefined;
  const { session, calls } = await openGraph(request, env, () => clock);
  const inputs = makeInputs(request);
  for (let i = 0; i < WARM_RUNS; i++) await session.run(inputs);
  roofs.measure();
  const runs: number[] = [];
  let spent = 0;
  let timed = 0;
  for (let part = 1; part <= PARTS; part++) {
    while (spent < (request.milliseconds * part) / PARTS || timed < (LEAST_RUNS * part) / PARTS) {
      const start = performance.now();
      clock = undefined;
      // Whole runs, from anywhere between two ticks of the clock to anywhere.
      await session.run(inputs);
      runs.push(performance.now() - start);
      clock = roofs.clock;
      await session.run(inputs);
      timed++;
      spent += performance.now() - start;
    }
    roofs.measure();
  }
  return {
    layers: layersOf(calls),
    runs: timed,
    run: Math.min(...runs),
    roofs: roofs.best(),
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
