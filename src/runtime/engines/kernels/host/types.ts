/**
 * What calls run on when the host (plain TypeScript) executes them.
 *
 * @module
 */
import type { View } from "../calls.ts";

/** A view resolved to memory: `at` is the index of its element zero in the memory seen as elements of its kind. */
export interface Placed {
  readonly at: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** Weights as the host reads them: as ONNX stores them, the bias after them (zeros where there is none). */
export interface HostWeights {
  /** Index of the first weight in the memory seen as floats. */
  readonly weight: number;
  readonly bias: number;
}

/** The memory that calls run on. */
export interface Host {
  /** The memory as floats; taken anew for each run, as growing detaches it. */
  f32(): Float32Array;
  /** The memory as bytes. */
  u8(): Uint8Array;
  place(view: View): Placed;
  weights(index: number): HostWeights;
}
