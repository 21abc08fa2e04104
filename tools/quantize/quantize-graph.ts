/**
 * From a graph and what was observed of it to an int8 graph.
 *
 * @module
 */
import type { GraphFiles } from "../models/store.ts";
import { chooseParameters } from "./choose-parameters.ts";
import { correctBiases } from "./correct-bias.ts";
import { cloneNetwork, type Network } from "./network.ts";
import type { Observations } from "./observe.ts";
import { type Quantization, roundLayers } from "./round-layers.ts";
import { roundValues } from "./round-values.ts";
import { findRoundingPoints } from "./rounding-points.ts";
import { shorten } from "./shorten.ts";
import { writeNetwork } from "./write-network.ts";

/** What is done less coarsely than the rest, by the fp32 graph's names. */
export interface Choice {
  /** Values that stay in fp32, and with them the layers that take them. */
  readonly exact: readonly string[];
  /** Layers whose weights take all of a signed byte. */
  readonly wide: readonly string[];
}

/** A graph, and what was observed of its values. */
export interface ObservedGraph {
  readonly network: Network;
  readonly observations: Observations;
}

/** Which values and weights of a graph become bytes. */
export function planOf({ network, observations }: ObservedGraph, { exact, wide }: Choice): Quantization {
  const points = findRoundingPoints(network, new Set(exact));
  return { parameters: chooseParameters(network, points, observations), wide: new Set(wide) };
}

/** Writes a graph as int8. @param weightsLocation the name of its data file */
export function quantizeGraph(part: ObservedGraph, choice: Choice, weightsLocation: string): GraphFiles {
  const plan = planOf(part, choice);
  const network = cloneNetwork(part.network);
  correctBiases(network, part.observations, plan);
  return writeNetwork(shorten(roundValues(roundLayers(network, plan), plan.parameters)), weightsLocation);
}
