/**
 * What the comparison and its page say to each other.
 *
 * @module
 */
import type { ImageTensor } from "../../src/runtime/engines/engine.ts";

/** A model in both forms, as addresses of files, and how its input is normalised. */
export interface PeerModel {
  readonly graph: string;
  readonly weights: string;
  /** The name by which the graph refers to its data file. */
  readonly weightsLocation: string;
  readonly weightsBytes: number;
  readonly tflite: string;
  readonly image: Pick<ImageTensor, "height" | "width" | "scale" | "mean" | "std">;
}

/** What the page found when it opened a model. */
export interface PeerOpened {
  /** Greatest difference of the two outputs, over the largest magnitude. */
  readonly difference: number;
  /** Whether our kernels are the build with relaxed SIMD. */
  readonly relaxed: boolean;
  /** Whether LiteRT.js has handed the whole graph to XNNPACK. */
  readonly accelerated: boolean;
}

/** Milliseconds by round: of each pair, run one after the other. */
export interface PeerTimes {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** What the page offers. */
export interface PeersPage {
  open(model: PeerModel): Promise<PeerOpened>;
  time(rounds: number): Promise<PeerTimes>;
}
