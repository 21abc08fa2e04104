/**
 * Runs a chain of row-local layers in bands of rows. Between its layers only the rows that are still needed are held: each map has a
 * buffer of a few rows through which it slides.
 *
 * @module
 */
import type { CopyCall, Rows, View } from "../calls.ts";
import type { Layer } from "../layers.ts";
import { describeNode } from "../unsupported.ts";
import { ELEMENT_SIZE, naturalBytes, naturalStrides, padChannels, rowsOf } from "../views.ts";
import type { Buffers } from "./buffers.ts";
import type { Homes } from "./homes.ts";
import { inputRows, type RowScope, union } from "./rows.ts";

/** A chain to run in bands. */
export interface Chain {
  readonly layers: readonly Layer[];
  /** Values that must exist whole in the end. */
  readonly later: ReadonlySet<string>;
  readonly scope: RowScope;
  readonly homes: Homes;
  readonly buffers: Buffers;
  /** Bytes that the held rows should take together. */
  readonly bandTarget: number;
}

/** Some rows of one layer of a chain. */
export interface Piece {
  readonly layer: Layer;
  readonly rows: Rows;
  /** Where the chain's banded values lie at this moment. */
  readonly bands: ReadonlyMap<string, View>;
  /** Rows to move before the layer runs: those that are kept from the band before. */
  readonly moves: readonly CopyCall[];
}

/** What one band computes: for each layer the new rows, and for each value the rows held while it runs. */
interface Band {
  readonly compute: readonly Rows[];
  readonly held: ReadonlyMap<string, Rows>;
}

const heightOf = (chain: Chain, value: string) => chain.scope.dims(value)[2] ?? 1;

/** Cuts a chain into bands of `rows` rows of its last layer: into all, or the first few. */
function cutBands(chain: Chain, rows: number, most = Number.POSITIVE_INFINITY): Band[] {
  const { layers, scope } = chain;
  const last = layers[layers.length - 1];
  const height = heightOf(chain, last.output);
  const made = new Set(layers.map(({ output }) => output));
  /** Rows computed so far, by value. */
  const done = new Map<string, number>();
  const bands: Band[] = [];
  for (let from = 0; from < height && bands.length < most; from += rows) {
    const to = Math.min(height, from + rows);
    const needed = new Map<string, Rows>([[last.output, [from, to]]]);
    const compute: Rows[] = [];
    for (const layer of layers.toReversed()) {
      const start = done.get(layer.output) ?? 0;
      const whole = to === height && chain.later.has(layer.output);
      const end = whole
        ? heightOf(chain, layer.output)
        : Math.max(start, needed.get(layer.output)?.[1] ?? start);
      compute.unshift([start, end]);
      if (start === end) continue;
      for (const input of layer.inputs) {
        if (!made.has(input)) continue;
        needed.set(input, union(inputRows(layer, input, [start, end], scope), needed.get(input)));
      }
    }
    const held = new Map<string, Rows>();
    for (const [i, { output }] of layers.entries()) {
      const [start, end] = compute[i];
      // A row that is computed is held, even if its only reader skips it (a stride larger than the kernel).
      held.set(output, [Math.min(needed.get(output)?.[0] ?? end, start === end ? end : start), end]);
      done.set(output, end);
    }
    bands.push({ compute, held });
  }
  return keepForLater(bands);
}

/** Rows that a later band needs are held through those between, which may not need them. */
function keepForLater(bands: readonly Band[]): Band[] {
  const first = new Map<string, number>();
  return bands
    .toReversed()
    .map(({ compute, held }) => {
      const kept = new Map<string, Rows>();
      for (const [value, [from, to]] of held) {
        const start = Math.min(from, first.get(value) ?? from);
        first.set(value, start);
        kept.set(value, [Math.min(start, to), to]);
      }
      return { compute, held: kept };
    })
    .reverse();
}

/** The most rows of a value that any band holds. */
function capacity(bands: readonly Band[], value: string): number {
  return Math.max(1, ...bands.map(({ held }) => held.get(value) ?? [0, 0]).map(([from, to]) => to - from));
}

/** Values of a chain that are held in bands in memory of their own. */
function bandedValues({ layers, later, homes }: Chain): string[] {
  const made = new Set(layers.map(({ output }) => output));
  /** Whether a value, or the one that it lives in, must exist whole. */
  const isWhole = (value: string): boolean => {
    const host = homes.host(value);
    return later.has(value) || !made.has(value) || (host !== undefined && isWhole(host.value));
  };
  return layers.map(({ output }) => output).filter((value) => !isWhole(value));
}

/** Bands that tell how much all hold: the first has less above it, the others are alike but for rounding. */
const TELLING_BANDS = 4;

/** The most rows a band for which the held rows stay within the target, at least one; bands of even height. */
function chooseBands(chain: Chain, values: readonly string[]): Band[] {
  const height = heightOf(chain, chain.layers[chain.layers.length - 1].output);
  const roots = values.filter((value) => !chain.homes.host(value));
  const fits = (rows: number) => {
    const bands = cutBands(chain, rows, TELLING_BANDS);
    const bytes = roots.map((value) =>
      naturalBytes(chain.scope.dims(value), chain.scope.storage(value), capacity(bands, value)),
    );
    return bytes.reduce((sum, size) => sum + size, 0) <= chain.bandTarget;
  };
  // More rows hold more: a binary search.
  let low = 1;
  let high = height;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return cutBands(chain, Math.ceil(height / Math.ceil(height / low)));
}

/** An image with the channels that pad its pixels: they move, too. */
function wholePixels(view: View): View {
  return { ...view, dims: view.dims.with(1, padChannels(view.dims[1] ?? 1, view.storage)) };
}

/** The pieces of a chain, in order. */
export function* bandChain(chain: Chain): Generator<Piece> {
  const { layers, scope, homes, buffers } = chain;
  const values = bandedValues(chain);
  const bands = chooseBands(chain, values);
  const roots = values.filter((value) => !homes.host(value));
  const memory = new Map(
    roots.map((value) => {
      const dims = scope.dims(value);
      const storage = scope.storage(value);
      const buffer = buffers.create(naturalBytes(dims, storage, capacity(bands, value)));
      return [value, { buffer, storage, dims, strides: naturalStrides(dims, storage) }];
    }),
  );
  /** Where the rows of a value lie, given which are held. */
  const viewOf = (value: string, held: Rows): View => {
    const host = homes.host(value);
    if (host) return host.within(viewOf(host.value, held));
    const whole = memory.get(value) ?? { buffer: 0, storage: "f32", dims: [], strides: [] };
    return { ...whole, held, offset: -held[0] * (whole.strides[2] ?? 0) * ELEMENT_SIZE[whole.storage] };
  };
  /** What is held of a value: of the value it lives in, where it has a host. */
  const heldOf = (value: string, band: Band): Rows => {
    const host = homes.host(value);
    return host ? heldOf(host.value, band) : (band.held.get(value) ?? [0, 0]);
  };

  let before: Band | undefined;
  const views = new Map<string, View>();
  for (const band of bands) {
    const moves: CopyCall[] = [];
    for (const value of roots) {
      const now = band.held.get(value) ?? [0, 0];
      const then = before?.held.get(value) ?? [0, 0];
      const keep: Rows = [now[0], then[1]];
      if (now[0] > then[0] && keep[1] > keep[0]) {
        const maker = layers.find(({ output }) => output === value);
        moves.push({
          op: "copy",
          layer: maker ? describeNode(maker.node) : value,
          input: wholePixels(rowsOf(viewOf(value, then), keep)),
          output: wholePixels(rowsOf(viewOf(value, now), keep)),
        });
      }
    }
    for (const value of values) views.set(value, viewOf(value, heldOf(value, band)));
    for (const [i, layer] of layers.entries()) {
      const rows = band.compute[i];
      if (rows[0] === rows[1]) continue;
      yield { layer, rows, bands: new Map(views), moves: moves.splice(0) };
    }
    before = band;
  }
}
