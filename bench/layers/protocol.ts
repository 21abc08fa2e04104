/**
 * What the layer benchmark and its Worker say to each other.
 *
 * @module
 */
import type { StoredGraph } from "../../src/runtime/manifest.ts";

/** Which graph to time, on inputs of which dims, for about how long. */
export interface LayersRequest {
  readonly graph: StoredGraph;
  /** Dims of each input. */
  readonly sizes: readonly (readonly [name: string, dims: readonly number[]])[];
  /** Whether a three-channel input is fed as 8-bit pixels. */
  readonly pixels: boolean;
  readonly milliseconds: number;
}

/** A layer: all calls of one node and operation. */
export interface LayerTime {
  readonly name: string;
  readonly operation: string;
  readonly dims: readonly number[];
  readonly calls: number;
  /** Milliseconds a run. */
  readonly milliseconds: number;
  /** Multiply-adds and bytes a run. */
  readonly macs: number;
  readonly bytes: number;
  /** Pixels and inputs of a matrix product; 0 for others. */
  readonly m: number;
  readonly k: number;
}

/** Bytes a millisecond, by the bytes that are touched over and over. */
export type RoofsBySet = readonly (readonly [bytes: number, rate: number])[];

/** What the processor can do at most. */
export interface Roofs {
  /** Multiply-adds of floats a millisecond, on registers alone. */
  readonly macs: number;
  /** The same of bytes. */
  readonly byteMacs: number;
  /** Bytes read and written by a copy. */
  readonly copies: RoofsBySet;
  /** Bytes read: the roof of what reads weights and writes next to nothing. */
  readonly reads: RoofsBySet;
}

/** Answer: layers in order, and what the processor can do, measured in turns with them. */
export interface LayersAnswer {
  readonly layers: readonly LayerTime[];
  readonly runs: number;
  /** Milliseconds a run, calls and what is between them. */
  readonly run: number;
  readonly roofs: Roofs;
}
