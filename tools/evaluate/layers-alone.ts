/**
 * Compares our engine with onnxruntime layer by layer: each layer is given the bytes that onnxruntime's layers before it made.
 *
 * @module
 */
import type { Inputs, Session, Tensor } from "../../src/runtime/engines/engine.ts";
import type { GraphFiles } from "../models/store.ts";
import { readNetwork } from "../quantize/network.ts";
import { openInOnnxRuntime } from "../quantize/onnxruntime.ts";
import { byteValues, cut, given, openUp, seen } from "./cut-network.ts";
import { openInKernels } from "./kernels.ts";
import { addTallies, compareSteps, NOTHING, stepOf, type Tally } from "./steps.ts";

/** What the layers of a network agree on. */
export interface LayersAlone {
  /** Bytes of all layers that give bytes. */
  readonly bytes: Tally;
  /** The network's own outputs, in steps of 8 bits for the range of each. */
  readonly outputs: Readonly<Record<string, Tally>>;
}

/** Runs a graph once, and closes it. */
async function runOnce(session: Session, inputs: Inputs): Promise<Readonly<Record<string, Tensor>>> {
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
}

/**
 * Compares all layers of an int8 graph.
 *
 * @param inputs floats
 * @throws {EngineError}
 */
export async function compareLayersAlone(graph: GraphFiles, inputs: Inputs): Promise<LayersAlone> {
  const network = readNetwork(graph);
  const values = byteValues(network);
  const whole = await runOnce(
    await openInOnnxRuntime(openUp(network, values, graph.weightsLocation)),
    inputs,
  );
  const parts = cut(network, values, (value) => whole[seen(value)].dims, graph.weightsLocation);
  const feeds = {
    ...inputs,
    ...Object.fromEntries(values.map((value) => [given(value), whole[seen(value)]])),
  };
  const expected = await runOnce(await openInOnnxRuntime(parts), feeds);
  const actual = await runOnce(await openInKernels(parts), feeds);
  const bytes = values
    .map((value) => compareSteps(actual[seen(value)].data, expected[seen(value)].data, value.step))
    .reduce(addTallies, NOTHING);
  const outputs = network.outputs.map((name) => {
    const { data } = expected[name];
    return [name, compareSteps(actual[name].data, data, stepOf(data))] as const;
  });
  return { bytes, outputs: Object.fromEntries(outputs) };
}
