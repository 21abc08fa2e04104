/**
 * Decides where values live: in buffers of their own, inside the result of a concatenation, or in place of what they are computed from.
 *
 * @module
 */
import type { View } from "../calls.ts";
import type { Layer, Network } from "../layers.ts";
import {
  denseStrides,
  LANES,
  narrow,
  naturalBytes,
  naturalStrides,
  padChannels,
  vectorBytes,
} from "../views.ts";
import type { Buffers } from "./buffers.ts";
import { isRowLocal, type RowScope } from "./rows.ts";

/** Whole-value homes; made when first asked for. */
export interface Homes {
  /** Where a value lies when it exists whole. */
  home(value: string): View;
  /** The value whose memory a value shares, and the view of it within that value's view; `undefined` when it has memory of its own. */
  host(value: string): { readonly value: string; readonly within: (view: View) => View } | undefined;
}

const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();

/** Strides in which only axes of more than one element count. */
function effective(dims: readonly number[], strides: readonly number[]): string {
  return dims.flatMap((dim, i) => (dim > 1 ? [`${dim}:${strides[i]}`] : [])).join();
}

/** A view's elements in other dims without moving them; `undefined` when they would have to move. */
export function reshapeView(view: View, dims: readonly number[]): View | undefined {
  const strides = naturalStrides(dims, view.storage);
  const result = { ...view, dims, strides };
  const dense =
    effective(view.dims, view.strides) === effective(view.dims, denseStrides(view.dims)) &&
    effective(dims, strides) === effective(dims, denseStrides(dims));
  if (!dense) {
    const solid = (list: readonly number[]) => list.filter((dim) => dim > 1);
    if (!same(solid(dims), solid(view.dims))) return undefined;
    // Only axes of one element come or go: those that remain keep their strides.
    const kept = view.strides.filter((_, i) => (view.dims[i] ?? 1) > 1);
    result.strides = dims.map((dim, i) => (dim > 1 ? (kept.shift() ?? 0) : (strides[i] ?? 0)));
  }
  return hasLanes(view, dims) && isUsual(result) ? result : undefined;
}

/** Whether the last vector of each pixel is there to be read whole, if dims are an image's or a matrix's. */
function hasLanes(view: View, dims: readonly number[]): boolean {
  const channels = isShaped(dims) ? (dims[1] ?? 1) : 0;
  return (
    channels % LANES[view.storage] === 0 ||
    (isShaped(view.dims) && view.dims[1] === channels && isUsual(view))
  );
}

/** Whether dims are an image's or a matrix's. */
function isShaped(dims: readonly number[]): boolean {
  return dims.length === 4 || dims.length === 2;
}

/** Whether a view lies as layers expect of its rank: channels next to each other in images and matrices. */
function isUsual({ dims, strides, offset, storage }: View): boolean {
  if (!isShaped(dims)) return true;
  const [batch = 1, channels = 1] = dims;
  const pixel = strides[dims.length - 1 === 3 ? 3 : 0] ?? 0;
  const whole = pixel % LANES[storage] === 0 && pixel >= padChannels(channels, storage);
  const aligned = whole && offset % vectorBytes(storage) === 0;
  return (channels === 1 || strides[1] === 1) && (aligned || (dims.length === 2 && batch === 1));
}

/**
 * The value that each elementwise layer may overwrite: an input of the output's dims that no one reads any more. Other readers must be
 * done with all of it, not with a band: a layer that needs whole maps has to stand between.
 */
function overwrittenBy({ layers, outputs }: Network, scope: RowScope): ReadonlyMap<Layer, string> {
  const readers = new Map<string, number[]>();
  for (const [i, { inputs }] of layers.entries()) {
    for (const input of new Set(inputs)) readers.set(input, [...(readers.get(input) ?? []), i]);
  }
  const barriers = layers.flatMap((layer, i) => (isRowLocal(layer, scope) ? [] : [i]));
  const result = new Map<Layer, string>();
  for (const [i, layer] of layers.entries()) {
    if (layer.kind !== "activation" && layer.kind !== "binary") continue;
    const out = scope.dims(layer.output);
    const free = layer.inputs.find((input) => {
      const others = (readers.get(input) ?? []).filter((reader) => reader !== i);
      const last = Math.max(-1, ...others);
      const done = others.length === 0 || barriers.some((barrier) => barrier >= last && barrier < i);
      return done && !outputs.includes(input) && same(scope.dims(input), out);
    });
    if (out.length === 4 && free !== undefined) result.set(layer, free);
  }
  return result;
}

/** Lays out homes. @param network its layers in the order in which they run */
export function createHomes(network: Network, scope: RowScope, buffers: Buffers): Homes {
  const { dims } = scope;
  const makers = new Map(network.layers.map((layer) => [layer.output, layer]));
  const readers = new Map<string, number>();
  for (const output of network.outputs) readers.set(output, 1);
  for (const layer of network.layers) {
    for (const input of new Set(layer.inputs)) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  /** Kinds of layer that write wherever they are told; aliases and inputs do not. */
  const writes = (value: string) => {
    const kind = makers.get(value)?.kind;
    return kind !== undefined && kind !== "reshape" && kind !== "input";
  };

  const overwritten = overwrittenBy(network, scope);
  const hosts = new Map<string, { value: string; within: (view: View) => View }>();
  for (const layer of network.layers.toReversed()) {
    if (layer.kind === "concat" && layer.axis === 1 && dims(layer.output).length === 4) {
      let start = 0;
      for (const input of layer.inputs) {
        const size = dims(input)[1] ?? 0;
        const at = start;
        start += size;
        // A padded last vector would spill into the neighbour.
        const lanes = LANES[scope.storage(input)];
        const whole = at % lanes === 0 && (size % lanes === 0 || start === dims(layer.output)[1]);
        if (!whole || !writes(input) || readers.get(input) !== 1 || hosts.has(input)) continue;
        hosts.set(input, { value: layer.output, within: (view) => narrow(view, 1, at, size) });
      }
    }
    const input = overwritten.get(layer);
    if (input && writes(input) && !hosts.has(input)) {
      hosts.set(input, { value: layer.output, within: (view) => view });
    }
  }

  const homes = new Map<string, View>();
  function create(value: string): View {
    const host = hosts.get(value);
    if (host) return host.within(home(host.value));
    const layer = makers.get(value);
    const shape = dims(value);
    if (layer?.kind === "reshape") {
      const alias = reshapeView(home(layer.inputs[0] ?? ""), shape);
      if (alias) return alias;
    }
    if (layer?.kind === "input" && readByReshapesOnly(value, network)) {
      const dense = denseStrides(shape);
      const bytes = shape.reduce((product, dim) => product * dim, 4);
      return { storage: "f32", buffer: buffers.create(bytes), offset: 0, dims: shape, strides: dense };
    }
    const storage = scope.storage(value);
    const buffer = buffers.create(naturalBytes(shape, storage));
    return { storage, buffer, offset: 0, dims: shape, strides: naturalStrides(shape, storage) };
  }
  function home(value: string): View {
    const known = homes.get(value);
    if (known) return known;
    const view = create(value);
    homes.set(value, view);
    return view;
  }
  return { home, host: (value) => hosts.get(value) };
}

/** An input that is only flattened stays as it comes, row-major. */
function readByReshapesOnly(value: string, { layers, outputs }: Network): boolean {
  const all = layers.filter(({ inputs }) => inputs.includes(value));
  return !outputs.includes(value) && all.length > 0 && all.every(({ kind }) => kind === "reshape");
}
