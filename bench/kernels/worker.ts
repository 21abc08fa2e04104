/**
 * The Worker in which kernels are timed: one memory full of noise, and calls by name with the numbers that the driver gives.
 *
 * @module
 */
/// <reference path="../../src/modules.d.ts" />
import relaxed from "../../src/kernels/build/kernels.relaxed.wasm";
import simd from "../../src/kernels/build/kernels.simd.wasm";
import { type Q8Path, q8Path } from "../../src/runtime/engines/kernels/packing/q8.ts";
import { PLACES, roundUp, type WeightsToPack } from "./case.ts";
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
  /** The way in which they are packed; the processor's own by default. */
  readonly path?: Q8Path;
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
const modules = { relaxed, simd };
const builds = { relaxed: bind(relaxed), simd: bind(simd) };
const roofs = bind(roofsModule);

/** Small floats, whose bytes serve as integers too, from one place to another. */
function fill(from: number, to: number): void {
  const floats = new Float32Array(memory.buffer, from, (to - from) >> 2);
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
/** End of what packed bytes have overwritten. */
let packedEnd: number = PLACES.w;

function pair({ build, kernel, roof, rounds, pack, path }: PairRequest): PairAnswer {
  if (!filled) fill(0, memory.buffer.byteLength);
  filled = true;
  if (pack) {
    const packed = packNoise(modules[build], pack, path ?? q8Path(Number(builds[build].dotPathQ8?.())));
    new Uint8Array(memory.buffer).set(packed, PLACES.w);
    packedEnd = Math.max(packedEnd, PLACES.w + packed.length);
  } else if (packedEnd > PLACES.w) {
    // Floats again: bytes of weights may be subnormal or NaN.
    fill(PLACES.w, roundUp(packedEnd, 4));
    packedEnd = PLACES.w;
  }
  const answer = { kernel: [] as number[], roof: [] as number[] };
  // The first round only warms.
  for (let i = 0; i <= rounds; i++) {
    const ours = time(builds[build], kernel);
    const theirs = time(roof.name in roofs ? roofs : builds[build], roof);
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
