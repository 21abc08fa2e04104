/**
 * What fusions share: looking at a layer's neighbours, and replacing layers.
 *
 * @module
 */
import type { Inference } from "../infer/index.ts";
import type { Layer, Network } from "../layers.ts";

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

/** A network in which layers are replaced. */
interface Index extends Neighbours {
  /** Puts a layer in another's place, and drops what nothing reads any more. */
  replace(layer: Layer, replacement: Layer): void;
}

/** Indexes a network. Replacements change the index: to make it anew each time took a third of a small network's compilation. */
function indexOf({ layers, outputs }: Network, inference: Inference): Index {
  const makers = new Map(layers.map((layer) => [layer.output, layer]));
  const readers = new Map<string, Set<Layer>>();
  const add = (layer: Layer) => {
    for (const input of layer.inputs) readers.set(input, (readers.get(input) ?? new Set()).add(layer));
  };
  const leave = (layer: Layer) => {
    for (const input of layer.inputs) readers.get(input)?.delete(layer);
    for (const input of layer.inputs) {
      const maker = makers.get(input);
      if (!maker || outputs.includes(input) || readers.get(input)?.size) continue;
      makers.delete(input);
      leave(maker);
    }
  };
  layers.forEach(add);
  const onlyReader = (value: string) => {
    const [reader, another] = readers.get(value) ?? [];
    return another || outputs.includes(value) ? undefined : reader;
  };
  return {
    maker: (value) => makers.get(value),
    onlyReader,
    readOnce: (value) => onlyReader(value) !== undefined,
    dims: (value) => inference.get(value)?.dims ?? [],
    replace(layer, replacement) {
      makers.set(layer.output, replacement);
      add(replacement);
      leave(layer);
    },
  };
}

/**
 * Offers every layer to a rewrite, in order. A replacement makes the same output and stands in the same place; layers whose results nothing
 * reads any more fall away.
 */
export function rewriteAll(network: Network, inference: Inference, rewrite: Rewrite): Network {
  const index = indexOf(network, inference);
  for (const layer of network.layers) {
    const replacement = index.maker(layer.output) === layer ? rewrite(layer, index) : undefined;
    if (replacement) index.replace(layer, replacement);
  }
  return { ...network, layers: network.layers.flatMap(({ output }) => index.maker(output) ?? []) };
}
