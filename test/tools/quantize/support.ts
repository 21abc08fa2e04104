/** Graphs on their way through the quantizer, in tests. */
import type { Inputs } from "../../../src/runtime/engines/engine.ts";
import type { GraphFiles } from "../../../tools/models/store.ts";
import { estimateImportance } from "../../../tools/quantize/importance.ts";
import { type Network, readNetwork } from "../../../tools/quantize/network.ts";
import { openObserved } from "../../../tools/quantize/observe.ts";
import { openInOnnxRuntime } from "../../../tools/quantize/onnxruntime.ts";
import type { ObservedGraph } from "../../../tools/quantize/quantize-graph.ts";
import { activateBeforeConcat } from "../../../tools/quantize/reorder.ts";
import { findRoundingPoints } from "../../../tools/quantize/rounding-points.ts";
import { writeNetwork } from "../../../tools/quantize/write-network.ts";

/** Reads a graph and observes it on inputs. */
export async function observeGraph(model: GraphFiles, inputs: readonly Inputs[]): Promise<ObservedGraph> {
  const network = activateBeforeConcat(readNetwork(model));
  const observations = new Map();
  const { rounded } = findRoundingPoints(network);
  const session = await openObserved(network, rounded, observations, estimateImportance(network));
  for (const one of inputs) await session.run(one);
  await session.close();
  return { network, observations };
}

/** What a graph makes of an input in onnxruntime. */
export async function runGraph(model: GraphFiles, inputs: Inputs) {
  const session = await openInOnnxRuntime(model);
  const outputs = await session.run(inputs);
  await session.close();
  return outputs;
}

/** The same for a network that is not written yet. */
export const runNetwork = (network: Network, inputs: Inputs) =>
  runGraph(writeNetwork(network, "test.onnx.data"), inputs);
