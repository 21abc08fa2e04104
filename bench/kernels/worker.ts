/**
 * The Worker in which kernels are timed: one memory full of noise, and calls by name with the numbers that the driver gives.
 *
 * @module
 */
/// <reference path="../../src/modules.d.ts" />
import relaxed from "../../src/kernels/build/kernels.relaxed.wasm";
import simd from "../../src/kernels/build/kernels.simd.wasm";
import { q8Path } from "../../src/runtime/engines/kernels/packing/q8.ts";
import { PLACES, type WeightsToPack } from "./case.ts";
import { packNoise } from "./pack-noise.ts";
import roofsModule from "./roofs.wasm";

/** Pages of the memory: 160 MB. */
const PAGES = 2560;

/** What the driver asks: time one call, in turns with a roof. */
export interface PairRequest {
  readonly build: "relaxed" | "simd";
  readonly kernel: Timed;
  readonly roof: Timed;
  readonly rounds: number;
  /** Integer weights that the kernel finds at their place. */
  readonly pack?: WeightsToPack;
}

/** A function, its arguments, and how many times it is called in one measurement. */
export interface Timed {
  readonly name: string;
  readonly args: readonly number[];
  readonly repeats: number;
}

/** Milliseconds of each round, for all repeats. */
export interface PairAnswer {
  readonly kernel: readonly number[];
  readonly roof: readonly number[];
}

type Functions = Record<string, (...args: number[]) => unknown>;

const memory = new WebAssembly.Memory({ initial: PAGES });
const bind = (module: WebAssembly.Module) =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as Functions;
const builds = { relaxed: bind(relaxed), simd: bind(simd) };
const roofs = bind(roofsModule);

/** Small floats, whose bytes serve as integers too. */
function fill(): void {
  const floats = new Float32Array(memory.buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = ((i * 37) % 101) / 101 - 0.5;
}

function time(functions: Functions, { name, args, repeats }: Timed): number {
  const call = functions[name];
  if (!call) throw new Error(`no function ${name}`);
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call(...args);
  return performance.now() - start;
}

let filled = false;

function pair({ build, kernel, roof, rounds, pack }: PairRequest): PairAnswer {
  if (!filled) fill();
  filled = true;
  if (pack) {
    const path = q8Path(Number(builds[build].dotPathQ8?.()));
    new Uint8Array(memory.buffer).set(packNoise(pack, path), PLACES.w);
  }
  const answer = { kernel: [] as number[], roof: [] as number[] };
  // The first round only warms.
  for (let i = 0; i <= rounds; i++) {
    const ours = time(builds[build], kernel);
    const theirs = time(roofs, roof);
    if (i === 0) continue;
    answer.kernel.push(ours);
    answer.roof.push(theirs);
  }
  return answer;
}

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(pair((await request.json()) as PairRequest));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};
