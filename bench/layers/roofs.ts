/**
 * What the processor can do at most, measured in turns with the layers.
 *
 * @module
 */
/// <reference path="../../src/modules.d.ts" />
import roofsModule from "../kernels/roofs.wasm";
import { createFineClock, type FineClock } from "./clock.ts";
import type { Roofs, RoofsBySet } from "./protocol.ts";

interface Loops {
  multiplyAdd(turns: number, at: number): number;
  dotBytes(turns: number, at: number): number;
  dotOctets(turns: number, at: number): number;
  copyBytes(turns: number, from: number, to: number, bytes: number): void;
  readBytes(turns: number, from: number, bytes: number): number;
}

/** Multiply-adds of a turn of the register loops (src/kernels/roofs.ts): of floats, of bytes, of bytes by octets. */
const MACS_A_TURN = { floats: 48, bytes: 192, octets: 320 } as const;
/** About 10 ms each: short, so that some are not disturbed. */
const TURNS = { floats: 6e6, bytes: 2.4e6, octets: 1.8e6 } as const;
/** Turns that take about a microsecond. */
const SHORT = 600;
/** Working sets that memory is measured with: in the first, second and third cache, and beyond. */
const SETS = [16 << 10, 256 << 10, 4 << 20, 16 << 20, 64 << 20] as const;
/** Bytes that one measurement of memory moves: 4 ms in the caches, 10 beyond. */
const MOVED = 2 ** 28;
const ROUNDS = 6;
const BASE = 1 << 16;

/** The best of some measurements: whatever else runs on the machine only ever slows one. */
const best = (rates: readonly number[]) => Math.max(...rates);

/** Measures all roofs whenever asked, and gives the best of each. */
export function openRoofs(): {
  readonly clock: FineClock;
  measure(): void;
  best(): Roofs;
} {
  const memory = new WebAssembly.Memory({ initial: (SETS[4] >> 16) + 2 });
  const loops = new WebAssembly.Instance(roofsModule, { env: { memory } }).exports as unknown as Loops;
  const clock = createFineClock(() => loops.multiplyAdd(SHORT, 1024));
  const time = (run: () => void) => clock.time(run, 1);
  const macs: number[] = [];
  const byteMacs: number[] = [];
  const copies: number[][] = SETS.map(() => []);
  const reads: number[][] = SETS.map(() => []);
  const bySet = (rates: readonly (readonly number[])[]): RoofsBySet =>
    SETS.map((bytes, i) => [bytes, best(rates[i] ?? [])] as const);
  return {
    clock,
    measure() {
      for (let round = 0; round < ROUNDS; round++) {
        macs.push((TURNS.floats * MACS_A_TURN.floats) / time(() => loops.multiplyAdd(TURNS.floats, 1024)));
        byteMacs.push((TURNS.bytes * MACS_A_TURN.bytes) / time(() => loops.dotBytes(TURNS.bytes, 1024)));
        byteMacs.push((TURNS.octets * MACS_A_TURN.octets) / time(() => loops.dotOctets(TURNS.octets, 1024)));
        for (const [i, bytes] of SETS.entries()) {
          const half = bytes / 2;
          copies[i]?.push(MOVED / time(() => loops.copyBytes(MOVED / bytes, BASE, BASE + half, half)));
          reads[i]?.push(MOVED / time(() => loops.readBytes(MOVED / bytes, BASE, bytes)));
        }
      }
    },
    best: () => ({ macs: best(macs), byteMacs: best(byteMacs), copies: bySet(copies), reads: bySet(reads) }),
  };
}
