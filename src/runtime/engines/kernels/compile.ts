/**
 * The compiler's front: an ONNX file becomes a program, of which plans are made for each size of the inputs.
 *
 * @module
 */
import { readModel } from "../../onnx/read.ts";
import { type Graph, OnnxError } from "../../onnx/types.ts";
import { EngineError } from "../engine.ts";
import { findConstants } from "./constants.ts";
import { fuse } from "./fuse/index.ts";
import { inferShapes, withoutLargeContents } from "./infer/index.ts";
import type { Network } from "./layers.ts";
import { type LoadedPack, listPacks, loadedPacks, type Packs } from "./packs.ts";
import { buildPlan, type Plan, type PlanOptions } from "./plan/build.ts";
import { translate } from "./translate/index.ts";

/** A compiled graph: all that does not depend on the inputs' sizes. */
export interface Program {
  readonly graph: Graph;
  readonly network: Network;
  readonly packs: Packs<LoadedPack>;
}

/** A program whose weights can be loaded. */
export interface CompiledProgram extends Program {
  readonly packs: Packs;
}

/** Side of the image that a graph with free height and width is checked with: ImageNet's. Divisible by every network's stride. */
const TYPICAL_SIDE = 224;

/** Dims to compile with before a run's are known. */
export function typicalSizes(graph: Graph): Map<string, readonly number[]> {
  return new Map(
    graph.inputs.map(({ name, dims }) => [
      name,
      dims.map((dim, axis) => dim ?? (axis < 2 ? 1 : TYPICAL_SIDE)),
    ]),
  );
}

/** Compiles an ONNX file. @throws {EngineError} `unsupported_graph`, naming the node and the reason. */
export function compile(bytes: Uint8Array): CompiledProgram {
  let graph: Graph;
  try {
    graph = readModel(bytes);
  } catch (cause) {
    if (!(cause instanceof OnnxError)) throw cause;
    throw new EngineError("unsupported_graph", cause.message, { cause });
  }
  const inference = inferShapes(graph, typicalSizes(graph));
  const constants = findConstants(graph);
  const network = fuse(translate(graph, constants, inference), graph, constants, inference);
  return { graph, network, packs: listPacks(network, constants) };
}

/** What runs need of a program: not the graph file's bytes, nor scales that are in packed weights. */
export function forRuns({ graph, network, packs }: CompiledProgram): Program {
  return { graph: withoutLargeContents(graph), network, packs: loadedPacks(packs) };
}

/** Bytes a depthwise convolution's maps may take before they are banded, and what bands aim at: a part of a 1 MB second-level cache. */
const BAND_BYTES = 384 * 1024;

/**
 * Bytes from which any map is banded. Measured on LR-ASPP and on Faster R-CNN at 800×1344: from 2 to 16 MB the time is the same; at 8 the arena is
 * smallest, as what it has to hold anyway, the maps before squeeze-and-excitation, is as large.
 */
const CHAIN_BYTES = 8 * 2 ** 20;

/** Makes the plan for the given dims of the inputs. @throws {EngineError} `unsupported_graph` when shapes do not fit. */
export function planFor(
  program: Program,
  sizes: ReadonlyMap<string, readonly number[]>,
  options: Partial<PlanOptions> = {},
): Plan {
  const { graph, network, packs } = program;
  const source = { graph, network, weightsOf: packs.indexOf };
  const defaults = { bandBytes: BAND_BYTES, chainBytes: CHAIN_BYTES, bandTarget: BAND_BYTES };
  return buildPlan(source, sizes, { ...defaults, ...options });
}
