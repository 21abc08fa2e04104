/**
 * What lowering a layer to calls may ask of the plan being built.
 *
 * @module
 */
import type { Call, Rows, View } from "../calls.ts";
import type { InferContext } from "../infer/index.ts";
import type { Layer } from "../layers.ts";

/** The plan as a layer's lowering sees it. */
export interface Lowering {
  /** Where a value lies at this point of the plan. */
  view(value: string): View;
  /** Dims of a value. */
  dims(value: string): readonly number[];
  /** Index of packed weights or of a constant, by the name of the (first) initializer. */
  weights(name: string, layer: Layer): number;
  /** A constant as a tensor. */
  constant(name: string): View;
  /** Memory for the duration of the layer. */
  scratch(dims: readonly number[]): View;
  /** What is known about the inputs of the layer's node. */
  context(layer: Layer): InferContext;
}

/** Turns a layer into calls that compute some rows of its output (for images; all of it for other values). */
export type Lower<L extends Layer> = (layer: L, plan: Lowering, rows: Rows) => Call[];
