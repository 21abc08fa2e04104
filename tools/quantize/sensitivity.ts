/**
 * Finds what costs a network most when it becomes bytes: one value, or one layer's weights, at a time.
 *
 * @module
 */
import type { Outputs, Session } from "../../src/runtime/engines/engine.ts";
import type { Answer } from "./answer.ts";
import { correctBiases } from "./correct-bias.ts";
import { costOf, type Trial } from "./cost.ts";
import { layerOf } from "./layer.ts";
import { cloneNetwork, type Network } from "./network.ts";
import { openInOnnxRuntime } from "./onnxruntime.ts";
import type { QuantizationParameters } from "./parameters.ts";
import type { ObservedGraph } from "./quantize-graph.ts";
import { type Quantization, roundLayer } from "./round-layers.ts";
import { roundValues } from "./round-values.ts";
import { writeNetwork } from "./write-network.ts";

/** What helps, and how much. */
export interface Remedy {
  /** Keep a value in fp32, and with it the layers that take it; or give a layer's weights all of a signed byte. */
  readonly kind: "exact" | "wide";
  /** The value, or the layer's output. */
  readonly name: string;
  /** The cost (`cost.ts`) that it takes away. */
  readonly gain: number;
}

/** Runs the model around a session in place of one of its graphs, on a few pictures. */
export type RunAround = (session: Session) => Promise<Answer[]>;

/** Twice the magnitudes leave a quarter of the noise, in power. */
const WIDE_GAIN = 3 / 4;

/** Remedies of one graph, the best first. */
export async function findRemedies(
  graph: ObservedGraph,
  quantization: Quantization,
  run: RunAround,
  onProgress: (done: number, total: number) => void,
): Promise<Remedy[]> {
  const { network } = graph;
  const reference = await tryOut(network, run);
  const cost = async (changed: Network) => costOf(reference, await tryOut(changed, run));
  const groups = groupByParameters(quantization.parameters);
  const layers = network.nodes.filter(
    (node) => layerOf(network, node) && quantization.parameters.has(node.input[0]),
  );
  const total = groups.length + layers.length;
  const remedies: Remedy[] = [];
  for (const [done, group] of groups.entries()) {
    const gain = await cost(roundValues(network, group));
    for (const name of group.keys()) remedies.push({ kind: "exact", name, gain });
    onProgress(done + 1, total);
  }
  for (const [done, node] of layers.entries()) {
    const gain = WIDE_GAIN * (await cost(withRoundedWeights(graph, node, quantization)));
    remedies.push({ kind: "wide", name: node.output[0], gain });
    onProgress(groups.length + done + 1, total);
  }
  return remedies.sort((a, b) => b.gain - a.gain);
}

type Node = Network["nodes"][number];

/** Values that share their parameters object stand or fall together. */
function groupByParameters(
  parameters: Quantization["parameters"],
): ReadonlyMap<string, QuantizationParameters>[] {
  const groups = new Map<QuantizationParameters, Map<string, QuantizationParameters>>();
  for (const [value, own] of parameters) {
    const group = groups.get(own) ?? new Map<string, QuantizationParameters>();
    groups.set(own, group.set(value, own));
  }
  return [...groups.values()];
}

/** The network with one layer's weights rounded and its bias corrected, everything else in fp32. */
function withRoundedWeights(
  { network, observations }: ObservedGraph,
  node: Node,
  quantization: Quantization,
): Network {
  const layer = layerOf(network, node);
  const rounded = roundLayer(network, node, quantization);
  if (!layer || !rounded) return network;
  const { weight, axis } = layer;
  const inner = weight.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from(
    rounded.integers,
    (integer, at) => integer * rounded.scales[Math.floor(at / inner) % weight.dims[axis]],
  );
  const changed = cloneNetwork(network);
  correctBiases(changed, observations, quantization, node);
  changed.tensors.set(weight.name, { ...weight, data });
  return changed;
}

async function tryOut(network: Network, run: RunAround): Promise<Trial> {
  const session = await openInOnnxRuntime(writeNetwork(network, "sensitivity.onnx.data"));
  const outputs: Outputs[] = [];
  const answers = await run({
    ...session,
    async run(inputs) {
      const all = await session.run(inputs);
      outputs.push(all);
      return all;
    },
  });
  await session.close();
  return { outputs, answers };
}
