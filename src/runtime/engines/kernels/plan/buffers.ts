/**
 * Buffers of a plan, and how long each is in use.
 *
 * @module
 */
import { type Placement, place } from "../arena.ts";

/** A buffer of the arena, or a block of packed weights or constants. */
export type PlanBuffer =
  | { readonly space: "arena"; readonly bytes: number; readonly first: number; readonly last: number }
  | { readonly space: "weights"; readonly weights: number };

/** The buffers of a plan while it is built. */
export interface Buffers {
  /** A new buffer; it is in use from the first `touch` to the last. */
  create(bytes: number): number;
  /** Makes a buffer hold at least so many bytes. */
  enlarge(buffer: number, bytes: number): void;
  /** The buffer that stands for packed weights or a constant. */
  weights(index: number): number;
  /** Marks a buffer as in use at a step. */
  touch(buffer: number, step: number): void;
  finish(): { readonly buffers: readonly PlanBuffer[]; readonly placement: Placement };
}

interface Mutable {
  space: "arena";
  bytes: number;
  first: number;
  last: number;
}

export function createBuffers(): Buffers {
  const buffers: (Mutable | { space: "weights"; weights: number })[] = [];
  const byWeights = new Map<number, number>();
  return {
    create(bytes) {
      buffers.push({ space: "arena", bytes, first: Number.POSITIVE_INFINITY, last: -1 });
      return buffers.length - 1;
    },
    enlarge(index, bytes) {
      const buffer = buffers[index];
      if (buffer?.space === "arena") buffer.bytes = Math.max(buffer.bytes, bytes);
    },
    weights(index) {
      const known = byWeights.get(index);
      if (known !== undefined) return known;
      buffers.push({ space: "weights", weights: index });
      byWeights.set(index, buffers.length - 1);
      return buffers.length - 1;
    },
    touch(index, step) {
      const buffer = buffers[index];
      if (buffer?.space !== "arena") return;
      buffer.first = Math.min(buffer.first, step);
      buffer.last = Math.max(buffer.last, step);
    },
    finish() {
      const arena = buffers.map((buffer) =>
        buffer.space === "arena" && buffer.last >= 0 ? buffer : { bytes: 0, first: 0, last: -1 },
      );
      return { buffers, placement: place(arena) };
    },
  };
}
