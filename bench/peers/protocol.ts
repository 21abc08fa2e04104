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
  /** By variant: what LiteRT.js runs. */
  readonly tflite: Readonly<Record<string, string>>;
  readonly image: Pick<ImageTensor, "height" | "width" | "scale" | "mean" | "std">;
}

/** What the page found when it opened a model. */
export interface PeerOpened {
  /** By variant of LiteRT.js: greatest difference from our output, over the largest magnitude. */
  readonly differences: Readonly<Record<string, number>>;
  /** Whether our kernels are the build with relaxed SIMD. */
  readonly relaxed: boolean;
}

/** Milliseconds by round: of each round's runs, one after the other. */
export interface PeerTimes {
  readonly ours: readonly number[];
  /** By variant. */
  readonly theirs: Readonly<Record<string, readonly number[]>>;
}

/** What the page offers. */
export interface PeersPage {
  open(model: PeerModel): Promise<PeerOpened>;
  time(rounds: number): Promise<PeerTimes>;
}
