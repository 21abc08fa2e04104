/**
 * Groups layers into steps: a step is one layer, or a chain of row-local layers that runs in bands of rows, so that the maps between them
 * never exist whole.
 *
 * @module
 */
import type { Layer } from "../layers.ts";
import { naturalBytes } from "../views.ts";
import { isRowLocal, type RowScope } from "./rows.ts";

/** One step of a plan. */
export interface Step {
  readonly layers: readonly Layer[];
}

/** When maps are kept from existing whole. */
export interface StepOptions {
  /** A map that a depthwise convolution reads or writes is kept in bands from this size on: it would fall out of the L2 cache. */
  readonly bandBytes: number;
  /** Any map from this size on is kept in bands, to save memory. */
  readonly chainBytes: number;
}

/** Bytes of a whole value. */
function bytesOf(value: string, scope: RowScope): number {
  return naturalBytes(scope.dims(value), scope.storage(value));
}

/** Moves layers that need whole maps (pooling over the image and what hangs on it) before row-local ones, so that these follow each other. */
export function hoist(layers: readonly Layer[], scope: RowScope): Layer[] {
  const result: Layer[] = [];
  const place = new Map<string, number>();
  for (const layer of layers) {
    const after = Math.max(-1, ...layer.inputs.map((input) => place.get(input) ?? -1)) + 1;
    const small = bytesOf(layer.output, scope) <= 1 << 16;
    const at = !isRowLocal(layer, scope) || small ? after : result.length;
    const from = Math.max(after, at);
    result.splice(from, 0, layer);
    for (let i = from; i < result.length; i++) place.set(result[i].output, i);
  }
  return result;
}

const isDepthwise = (layer: Layer | undefined) => layer?.kind === "conv" && layer.group > 1;

/** Groups layers, in order, into steps. */
export function groupSteps(layers: readonly Layer[], scope: RowScope, options: StepOptions): Step[] {
  const steps: Step[] = [];
  /** The last layer that reads each value. */
  const lastRead = new Map<string, number>();
  for (const [i, { inputs }] of layers.entries()) for (const input of inputs) lastRead.set(input, i);
  let chain: Layer[] = [];
  const close = () => {
    if (chain.length > 0) steps.push({ layers: chain });
    chain = [];
  };
  for (const [i, layer] of layers.entries()) {
    const next = layers[i + 1];
    if (!isRowLocal(layer, scope)) {
      close();
      steps.push({ layers: [layer] });
      continue;
    }
    chain.push(layer);
    if (!next || !isRowLocal(next, scope)) {
      close();
      continue;
    }
    // What the chain has made and later layers still need would have to exist whole if it ended here.
    const crossing = chain
      .filter(({ output }) => (lastRead.get(output) ?? -1) > i)
      .reduce((sum, { output }) => sum + bytesOf(output, scope), 0);
    const beside = isDepthwise(layer) || isDepthwise(next);
    const reads = next.inputs.includes(layer.output);
    const goesOn = reads && (crossing >= options.chainBytes || (beside && crossing >= options.bandBytes));
    if (!goesOn) close();
  }
  return steps;
}
