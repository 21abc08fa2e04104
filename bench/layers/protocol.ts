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

/** Answer: layers in order, and what the processor can do, measured in turns with them. */
export interface LayersAnswer {
  readonly layers: readonly LayerTime[];
  readonly runs: number;
  /** Milliseconds a run, calls and what is between them: as the layers', the mean of the quickest runs. */
  readonly run: number;
  /** Multiply-adds a millisecond on registers alone. */
  readonly macRoof: number;
  /** Bytes read and written a millisecond by a copy, by the bytes that it touches. */
  readonly copyRoofs: readonly (readonly [bytes: number, rate: number])[];
  /** Bytes read a millisecond, likewise: the roof of what reads weights and writes next to nothing. */
  readonly readRoofs: readonly (readonly [bytes: number, rate: number])[];
}
