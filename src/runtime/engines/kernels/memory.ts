/**
 * Shares one WebAssembly memory between the weights of several models and the arena of their runs.
 *
 * @module
 */
import { EngineError } from "../engine.ts";
import { align } from "./arena.ts";

/** Size of a page of WebAssembly memory. */
const PAGE = 65_536;

/** A block of the memory that is in use. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
}

/** An allocator over one memory. Memory never shrinks: what is freed serves later allocations. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  /**
   * Gives a block of zeros: what was weights before may read as NaN, kernels read padding lanes, and 0 × NaN is NaN.
   * @throws {EngineError} `out_of_memory` when the memory would have to grow over its maximum.
   */
  allocate(bytes: number, what: string): Block;
  free(block: Block): void;
  /** Bytes in use. */
  used(): number;
}

/** A hole between blocks, or at the end of the memory. */
interface Hole {
  start: number;
  end: number;
}

/**
 * Lays a heap over a memory.
 *
 * @param base First byte that may be used; what lies before belongs to the kernels (constants, stack).
 * @param maxBytes Hard maximum of the memory's size.
 */
export function createHeap(memory: WebAssembly.Memory, base: number, maxBytes: number): Heap {
  /** Holes by address, never touching each other. */
  const holes: Hole[] = [];
  let end = align(base);
  let used = 0;
  /** Up to here memory has been in use; what lies behind is zero as it came. */
  let touched = end;
  if (memory.buffer.byteLength > end) holes.push({ start: end, end: memory.buffer.byteLength });
  end = memory.buffer.byteLength;

  /** Adds a hole, joined with its neighbours. */
  function release(start: number, stop: number): void {
    let at = holes.findIndex((hole) => hole.start > start);
    if (at < 0) at = holes.length;
    const before = holes[at - 1];
    const after = holes[at];
    const joinsBefore = before?.end === start;
    const joinsAfter = after?.start === stop;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      holes.splice(at, 1);
    } else if (joinsBefore) before.end = stop;
    else if (joinsAfter) after.start = start;
    else holes.splice(at, 0, { start, end: stop });
  }

  /** Grows the memory so that its last hole has at least `bytes`. */
  function grow(bytes: number, what: string): void {
    const last = holes.at(-1);
    const free = last?.end === end ? last.end - last.start : 0;
    const pages = Math.ceil((bytes - free) / PAGE);
    if (end + pages * PAGE > maxBytes) {
      throw new EngineError(
        "out_of_memory",
        `${what}: ${bytes} bytes do not fit, ${used} of at most ${maxBytes} bytes of WebAssembly memory are in use`,
      );
    }
    try {
      memory.grow(pages);
    } catch (cause) {
      throw new EngineError("out_of_memory", `${what}: WebAssembly memory cannot grow by ${pages} pages`, {
        cause,
      });
    }
    const start = end;
    end = memory.buffer.byteLength;
    release(start, end);
  }

  return {
    memory,
    allocate(bytes, what) {
      const size = Math.max(align(bytes), align(1));
      const fits = () => {
        let best: Hole | undefined;
        for (const hole of holes) {
          const room = hole.end - hole.start;
          if (room >= size && (!best || room < best.end - best.start)) best = hole;
        }
        return best;
      };
      let hole = fits();
      if (!hole) {
        grow(size, what);
        hole = fits();
      }
      if (!hole) throw new EngineError("failed", `${what}: no room after growing`);
      const block = { offset: hole.start, bytes: size };
      hole.start += size;
      if (hole.start === hole.end) holes.splice(holes.indexOf(hole), 1);
      used += size;
      const dirty = Math.min(touched, hole.start) - block.offset;
      if (dirty > 0) new Uint8Array(memory.buffer, block.offset, dirty).fill(0);
      touched = Math.max(touched, hole.start);
      return block;
    },
    free(block) {
      used -= block.bytes;
      release(block.offset, block.offset + block.bytes);
    },
    used: () => used,
  };
}
