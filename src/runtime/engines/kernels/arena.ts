/**
 * Places buffers with known lifetimes in one block of memory.
 *
 * @module
 */

/** A buffer: its size in bytes, and the first and last step (inclusive) in which it is in use. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Where the buffers lie. */
export interface Placement {
  /** Offset of each buffer, in the order given, in bytes. */
  readonly offsets: readonly number[];
  /** Size of the whole block. */
  readonly bytes: number;
}

/** Offsets are multiples of a cache line. */
export const ALIGNMENT = 64;

/** Rounds up to a whole number of cache lines. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/**
 * Assigns offsets so that buffers in use at the same time do not overlap. Greedy by size, best fit: the largest buffer first, each in
 * the smallest gap that holds it between those already placed whose lifetimes meet its own (Pisarchyk and Lee, Efficient Memory
 * Management for Deep Neural Net Inference, 2020, section 5.2; what TensorFlow Lite does).
 */
export function place(buffers: readonly Lifetime[]): Placement {
  const offsets = new Array<number>(buffers.length).fill(0);
  const order = buffers.map((_, i) => i).sort((a, b) => buffers[b].bytes - buffers[a].bytes || a - b);
  const placed: { buffer: Lifetime; start: number; end: number }[] = [];
  let total = 0;
  for (const i of order) {
    const buffer = buffers[i];
    const size = align(buffer.bytes);
    let at = 0;
    let best = -1;
    let smallest = Number.POSITIVE_INFINITY;
    for (const other of placed) {
      if (other.buffer.first > buffer.last || other.buffer.last < buffer.first) continue;
      const gap = other.start - at;
      if (gap >= size && gap < smallest) {
        smallest = gap;
        best = at;
      }
      at = Math.max(at, other.end);
    }
    const start = best >= 0 ? best : at;
    offsets[i] = start;
    const entry = { buffer, start, end: start + size };
    const after = placed.findIndex((other) => other.start > start);
    placed.splice(after < 0 ? placed.length : after, 0, entry);
    total = Math.max(total, entry.end);
  }
  return { offsets, bytes: total };
}
