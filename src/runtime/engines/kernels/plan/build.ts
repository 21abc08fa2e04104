/**
 * Builds the plan of a graph for one size of its inputs: calls in order, buffers placed in one arena.
 *
 * @module
 */
import type { Graph } from "../../../onnx/types.ts";
import type { Call, Rows, View } from "../calls.ts";
import { contextOf, inferShapes } from "../infer/index.ts";
import type { Layer, Network } from "../layers.ts";
import { lower } from "../lower/index.ts";
import type { Lowering } from "../lower/types.ts";
import { denseStrides, naturalBytes, naturalStrides } from "../views.ts";
import { bandChain } from "./bands.ts";
import { createBuffers, type PlanBuffer } from "./buffers.ts";
import { createHomes } from "./homes.ts";
import type { RowScope } from "./rows.ts";
import { groupSteps, hoist, type Step, type StepOptions } from "./steps.ts";

/** A graph compiled as far as it does not depend on the inputs' sizes. */
export interface PlanSource {
  readonly graph: Graph;
  readonly network: Network;
  /** Index of packed weights or of a constant that a layer reads by an initializer's name. */
  weightsOf(name: string, layer: Layer | undefined): number;
}

/** How plans are built. */
export interface PlanOptions extends StepOptions {
  /** Bytes of maps in bands that a chain aims at: they stay in the L2 cache. */
  readonly bandTarget: number;
}

/** A plan: what to call in which order, and how much memory that takes. */
export interface Plan {
  readonly calls: readonly Call[];
  readonly buffers: readonly PlanBuffer[];
  /** Offset of each buffer in the arena. */
  readonly offsets: readonly number[];
  readonly arenaBytes: number;
  /** Where the graph's outputs lie at the end. */
  readonly outputs: ReadonlyMap<string, View>;
  /** Dims of the graph's outputs, by name. */
  dims(value: string): readonly number[];
}

/** Compiles a plan. @throws {EngineError} `unsupported_graph` when shapes do not fit. */
export function buildPlan(
  program: PlanSource,
  sizes: ReadonlyMap<string, readonly number[]>,
  options: PlanOptions,
): Plan {
  const { graph } = program;
  const inference = inferShapes(graph, sizes);
  const dims = (value: string) => inference.get(value)?.dims ?? [];
  const scope: RowScope = {
    dims,
    storage: (value) => (inference.get(value)?.type === "float32" ? "f32" : "u8"),
    context: (layer) => contextOf(graph, inference, layer.node),
  };
  const buffers = createBuffers();
  const network = { ...program.network, layers: hoist(program.network.layers, scope) };
  const homes = createHomes(network, scope, buffers);
  const calls: Call[] = [];
  let step = 0;

  const touched = (view: View): View => {
    buffers.touch(view.buffer, step);
    return view;
  };
  /** Scratch memory of the step at hand, which its pieces share: the first that a piece asks for, the second, and so on. */
  let scratches: number[] = [];
  function scratchBuffer(index: number, bytes: number): number {
    scratches[index] ??= buffers.create(bytes);
    buffers.enlarge(scratches[index], bytes);
    return scratches[index];
  }
  /** Lowering of one piece, with some values held in bands instead of whole. */
  const lowering = (bands: ReadonlyMap<string, View>, taken = { scratches: 0 }): Lowering => ({
    ...scope,
    view: (value) => touched(bands.get(value) ?? homes.home(value)),
    weights: (name, layer) => program.weightsOf(name, layer),
    constant: (name) => {
      const shape = dims(name);
      const buffer = buffers.weights(program.weightsOf(name, undefined));
      return { storage: "f32", buffer, offset: 0, dims: shape, strides: denseStrides(shape) };
    },
    scratch: (shape) => {
      const view: View = {
        storage: "f32",
        buffer: scratchBuffer(taken.scratches++, naturalBytes(shape, "f32")),
        offset: 0,
        dims: shape,
        strides: naturalStrides(shape, "f32"),
      };
      return touched(view);
    },
  });
  const leaving = new Set(network.outputs);
  const readers = readersOf(network.layers);
  /** Values of a chain that are read after it, or leave the graph. */
  function laterReads(chain: readonly Layer[]): Set<string> {
    const inside = new Set(chain);
    const later = chain
      .map(({ output }) => output)
      .filter((value) => leaving.has(value) || readers.get(value)?.some((layer) => !inside.has(layer)));
    return new Set(later);
  }
  const noBands = new Map<string, View>();
  const allRows = (layer: Layer): Rows => [
    0,
    dims(layer.output).length === 4 ? (dims(layer.output)[2] ?? 1) : 1,
  ];

  function emit({ layers }: Step): void {
    const [layer] = layers;
    scratches = [];
    if (layers.length > 1) {
      const later = laterReads(layers);
      const chain = { layers, later, scope, homes, buffers, bandTarget: options.bandTarget };
      for (const { layer: part, rows, bands, moves } of bandChain(chain)) {
        const plan = lowering(bands);
        for (const move of moves) {
          touched(move.input);
          calls.push(move);
        }
        calls.push(...lower(part, plan, rows));
      }
    } else if (layer && !isAlias(layer)) calls.push(...lower(layer, lowering(noBands), allRows(layer)));
    step++;
  }
  /** A reshape whose elements need not move. */
  function isAlias(layer: Layer): boolean {
    if (layer.kind !== "reshape") return false;
    return homes.home(layer.output).buffer === homes.home(layer.inputs[0] ?? "").buffer;
  }

  for (const part of groupSteps(network.layers, scope, options)) emit(part);
  const outputs = new Map(network.outputs.map((name) => [name, touched(homes.home(name))]));
  // What is known of all other values goes with this function: it would be most of what a plan keeps.
  const outputDims = new Map(network.outputs.map((name) => [name, dims(name)]));
  const { buffers: all, placement } = buffers.finish();
  return {
    calls,
    buffers: all,
    offsets: placement.offsets,
    arenaBytes: placement.bytes,
    outputs,
    dims: outputDimsOf(outputDims),
  };
}

/** Which layers read each value. */
function readersOf(layers: readonly Layer[]): Map<string, Layer[]> {
  const readers = new Map<string, Layer[]>();
  for (const layer of layers) {
    for (const input of layer.inputs) {
      const known = readers.get(input);
      if (known) known.push(layer);
      else readers.set(input, [layer]);
    }
  }
  return readers;
}

/** A function of its own, which keeps nothing else. */
function outputDimsOf(dims: ReadonlyMap<string, readonly number[]>): Plan["dims"] {
  return (value) => dims.get(value) ?? [];
}
