/**
 * The loops of resizing by the kernels, in a part of the engine's memory that is kept for them.
 *
 * @module
 */
import { EngineError } from "../engine.ts";
import { LOOP_TAPS, type MakeRowLoops } from "../row-loops.ts";
import type { Kernels } from "./module.ts";

/** Pixels of the longest row: what a photo is decoded at to make the 520 rows of a segmentation has at most 1,386. */
export const MOST_COLUMNS = 1536;

/** The row as it comes, four that are combined, and one after each pass. */
const MOST_ROWS = 7;

/** Kernels work on whole vectors: rows have room behind them. */
const VECTOR = 16;

/** Positions that the kernel makes at once, and what it reads for them: four offsets of 32 bits, then eight halves of weights of 16 bits for each. */
const GROUP = 4;
const GROUP_BYTES = GROUP * 4 + GROUP * LOOP_TAPS * 4;

/** A weight of 22 bits in two halves, as the kernels multiply them. */
const HALF_BITS = 11;
const LOW_HALF = (1 << HALF_BITS) - 1;

/** Memory that is kept. */
export const ROW_LOOPS_BYTES =
  MOST_ROWS * (3 * MOST_COLUMNS + 2 * VECTOR) + (MOST_COLUMNS / GROUP) * GROUP_BYTES;

/** @param offset where {@link ROW_LOOPS_BYTES} bytes of the memory begin, a multiple of 16 */
export function rowLoopsAt(kernels: Kernels, memory: WebAssembly.Memory, offset: number): MakeRowLoops {
  let pictures = 0;
  return (columns) => {
    if (columns > MOST_COLUMNS) return undefined;
    // The memory may have grown since the picture before.
    const { buffer } = memory;
    const picture = ++pictures;
    /** The run queue lets one picture be resized at a time: a request that it took for dead must not write into another's rows. */
    const checkTurn = () => {
      if (picture === pictures && buffer === memory.buffer) return;
      throw new EngineError(
        "failed",
        "the loops of resizing serve another picture, or another model was opened",
      );
    };
    let next = offset;
    const take = (bytes: number): number => {
      const at = next;
      next += Math.ceil(bytes / VECTOR) * VECTOR;
      if (next > offset + ROW_LOOPS_BYTES) throw new RangeError("the loops have no room for another row");
      return at;
    };
    const row = (bytes: number): Uint8Array => {
      const view = new Uint8Array(buffer, take(bytes + VECTOR), bytes);
      view.fill(0);
      return view;
    };
    return {
      row,
      resizeBy4({ taps, starts, weights }) {
        const groups = Math.ceil(starts.length / GROUP);
        const table = take(groups * GROUP_BYTES);
        const words = new Int32Array(buffer, table, (groups * GROUP_BYTES) / 4).fill(0);
        const halves = new Int16Array(buffer, table, (groups * GROUP_BYTES) / 2);
        for (let x = 0; x < starts.length; x++) {
          const group = Math.floor(x / GROUP) * GROUP_BYTES;
          const place = x % GROUP;
          words[group / 4 + place] = 3 * starts[x];
          const at = (group + 4 * GROUP + place * LOOP_TAPS * 4) / 2;
          for (let tap = 0; tap < taps; tap++) {
            const weight = weights[x * taps + tap];
            halves[at + tap] = weight >> HALF_BITS;
            halves[at + LOOP_TAPS + tap] = weight & LOW_HALF;
          }
        }
        const input = row(3 * columns);
        return (source, target) => {
          checkTurn();
          input.set(source);
          kernels.resampleRowU8(input.byteOffset, table, starts.length, target.byteOffset);
        };
      },
      combine([a, b, c, d], [weightA, weightB, weightC, weightD], target) {
        checkTurn();
        kernels.combineRowsU8(
          a.byteOffset,
          b.byteOffset,
          c.byteOffset,
          d.byteOffset,
          weightA,
          weightB,
          weightC,
          weightD,
          target.length,
          target.byteOffset,
        );
      },
    };
  };
}
