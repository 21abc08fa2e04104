/**
 * Converts torch checkpoints of torchvision's networks to ONNX.
 *
 * @module
 */
import type { GraphBuilder, Storage } from "../onnx/builder.ts";
import { createGraph } from "../onnx/builder.ts";
import type { BuiltModel } from "../onnx/write.ts";
import { readCheckpoint, type StateDict } from "../torch/checkpoint.ts";
import { CheckpointError } from "../torch/error.ts";
import { type Architecture, NETWORKS, type Network } from "./architectures.ts";
import { openParameters } from "./parameters.ts";

/** How far a conversion is. */
interface ConvertProgress {
  /** What is being done: a part of the network (`features.7`). */
  readonly part: string;
  /** Parameters taken so far, of `total`. */
  readonly done: number;
  readonly total: number;
}

/** Settings of {@link convertCheckpoint}. */
export interface ConvertOptions {
  /** The model's name: graphs refer to their data files as `<name>[.<role>].<variant>.onnx.data`. */
  readonly name: string;
  /** How float weights are stored; see `Storage`. Default `fp32`. */
  readonly storage?: Storage;
  readonly onProgress?: (progress: ConvertProgress) => void;
}

/** A converted network. */
export interface ConvertedNetwork {
  readonly variant: "fp32" | "int8";
  /** By role: `model`; or `rpn` and `box_head`. */
  readonly graphs: Readonly<Record<string, BuiltModel>>;
  /** Read from the checkpoint; detectors and segmenters count the background. */
  readonly numClasses: number;
}

/** Whether a name is that of a network that can be converted. */
export function isArchitecture(name: string): name is Architecture {
  return Object.hasOwn(NETWORKS, name);
}

/**
 * Converts a checkpoint. Every channel and class count comes from its own shapes, so any width and any number of classes converts.
 *
 * @param architecture torchvision's name of the network.
 * @param bytes The checkpoint's file.
 * @throws {CheckpointError} when the file cannot be read (see `readCheckpoint`), or, as kind `wrong_network`, when its keys do not fit
 * the network: the message lists all that are missing, misshaped or unexpected.
 * @example
 * const { graphs } = await convertCheckpoint("mobilenet_v3_small", bytes, { name: "mobilenet_v3_small" });
 * await writeFile("mobilenet_v3_small.fp32.onnx", graphs.model.graph);
 * await writeFile(graphs.model.weightsLocation, graphs.model.weights);
 */
export async function convertCheckpoint(
  architecture: Architecture,
  bytes: Uint8Array,
  options: ConvertOptions,
): Promise<ConvertedNetwork> {
  return convertStateDict(architecture, await readCheckpoint(bytes), options);
}

/** Converts a state dict that is already read; see {@link convertCheckpoint}. */
export function convertStateDict(
  architecture: Architecture,
  state: StateDict,
  options: ConvertOptions,
): ConvertedNetwork {
  const network: Network = NETWORKS[architecture];
  const parameters = openParameters(state, architecture);
  const total = state.tensors.size + state.packed.size;
  const onPart = (part: string) => options.onProgress?.({ part, done: parameters.taken(), total });
  const built: { role: string; graph: GraphBuilder }[] = [];
  let numClasses: number | null = null;
  const unused: ((key: string) => boolean)[] = [];
  for (const { role, build } of network.graphs) {
    const graph = createGraph(role === "model" ? architecture : `${architecture}.${role}`, { architecture });
    const facts = build({ graph, parameters, onPart });
    numClasses = facts.classes ?? numClasses;
    if (facts.unused) unused.push(facts.unused);
    built.push({ role, graph });
  }
  parameters.finish((key) => unused.some((isUnused) => isUnused(key)));
  if (numClasses === null)
    throw new CheckpointError("wrong_network", `${architecture}: no number of classes`);
  const graphs: Record<string, BuiltModel> = {};
  for (const { role, graph } of built) {
    const stem = role === "model" ? options.name : `${options.name}.${role}`;
    const weightsLocation = `${stem}.${network.variant}.onnx.data`;
    graphs[role] = graph.build({ weightsLocation, storage: options.storage ?? "fp32" });
  }
  options.onProgress?.({ part: "written", done: total, total });
  return { variant: network.variant, graphs, numClasses };
}
