/**
 * What fusions share: looking at a layer's neighbours, and replacing layers.
 *
 * @module
 */
import type { Inference } from "../infer/index.ts";
import type { Layer, Network } from "../layers.ts";
import { keepNeeded } from "../translate.ts";

/** What a rewrite can see of the network around a layer. */
export interface Neighbours {
  /** The layer that makes a value; `undefined` for inputs of the graph. */
  maker(value: string): Layer | undefined;
  /** The layer that reads a value, if it is one and the value is no output of the graph. */
  onlyReader(value: string): Layer | undefined;
  /** Whether a value has exactly one reader and is no output of the graph: what makes it may be absorbed. */
  readOnce(value: string): boolean;
  /** Dims of a value (of a typical input size: fusions must hold for all). */
  dims(value: string): readonly number[];
}

/** A rewrite: what takes the place of a layer, given its neighbours; `undefined` leaves it. */
export type Rewrite = (layer: Layer, around: Neighbours) => Layer | undefined;

/** Indexes a network. */
function neighboursOf({ layers, outputs }: Network, inference: Inference): Neighbours {
  const makers = new Map(layers.map((layer) => [layer.output, layer]));
  const readers = new Map<string, Layer[]>();
  for (const layer of layers) {
    for (const input of new Set(layer.inputs)) readers.set(input, [...(readers.get(input) ?? []), layer]);
  }
  const onlyReader = (value: string) => {
    const [reader, another] = readers.get(value) ?? [];
    return another || outputs.includes(value) ? undefined : reader;
  };
  return {
    maker: (value) => makers.get(value),
    onlyReader,
    readOnce: (value) => onlyReader(value) !== undefined,
    dims: (value) => inference.get(value)?.dims ?? [],
  };
}

/**
 * Offers every layer to a rewrite, in order. A replacement makes the same output and stands in the same place; layers whose results nothing
 * reads any more fall away.
 */
export function rewriteAll(network: Network, inference: Inference, rewrite: Rewrite): Network {
  let { layers } = network;
  let around = neighboursOf(network, inference);
  for (const layer of network.layers) {
    const replacement = around.maker(layer.output) === layer ? rewrite(layer, around) : undefined;
    if (!replacement) continue;
    layers = keepNeeded(layers.with(layers.indexOf(layer), replacement), network.outputs);
    around = neighboursOf({ ...network, layers }, inference);
  }
  return { ...network, layers };
}
