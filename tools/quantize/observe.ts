/**
 * Observes what a network's values are while it works: a session that gives more than the network's outputs, and keeps it.
 *
 * @module
 */
import type { Outputs, Session, Tensor } from "../../src/runtime/engines/engine.ts";
import { count, createHistogram, type Histogram } from "./histogram.ts";
import type { Importance } from "./importance.ts";
import type { Network } from "./network.ts";
import { openInOnnxRuntime } from "./onnxruntime.ts";
import { writeNetwork } from "./write-network.ts";

/** What was seen of a value. */
export interface Observed {
  readonly histogram: Histogram;
  /** For each channel: sum of the numbers, how many, and the greatest magnitude. */
  readonly channels: {
    readonly sum: Float64Array;
    readonly seen: Float64Array;
    readonly reach: Float32Array;
  };
}

/** Observations by value. */
export type Observations = Map<string, Observed>;

/**
 * Numbers of one value and run that are looked at: a hundred thousand tell a distribution as well as the four million of a detector's first
 * maps do.
 */
const MOST_SAMPLES = 100_000;

/** Opens a network so that every run adds to `observations`; it gives its own outputs only, as the product's code expects. */
export async function openObserved(
  network: Network,
  values: readonly string[],
  observations: Observations,
  importance: Importance = new Map(),
): Promise<Session> {
  const extra = values.filter((value) => !network.outputs.includes(value) && !network.inputs.includes(value));
  const session = await openInOnnxRuntime(writeNetwork(network, "observed.onnx.data", extra), "disabled");
  const own = new Set(network.outputs);
  return {
    ...session,
    outputs: session.outputs.filter(({ name }) => own.has(name)),
    async run(inputs) {
      const all = await session.run(inputs);
      for (const value of values) {
        const tensor = all[value] ?? inputs[value];
        if (tensor && "data" in tensor) observe(observations, value, tensor, importance);
      }
      return Object.fromEntries(Object.entries(all).filter(([name]) => own.has(name))) as Outputs;
    },
  };
}

function observe(
  observations: Observations,
  value: string,
  { dims, data }: Tensor,
  importance: Importance,
): void {
  const channelCount = dims[1] ?? 1;
  let observed = observations.get(value);
  if (!observed) {
    observed = {
      histogram: createHistogram(),
      channels: {
        sum: new Float64Array(channelCount),
        seen: new Float64Array(channelCount),
        reach: new Float32Array(channelCount),
      },
    };
    observations.set(value, observed);
  }
  const step = stepFor(data.length);
  const inner = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const weights = importance.get(value);
  const known = weights?.length === channelCount ? weights : undefined;
  count(observed.histogram, data, step, known && ((at) => known[Math.floor(at / inner) % channelCount]));
  const { sum, seen, reach } = observed.channels;
  for (let i = 0; i < data.length; i += step) {
    const channel = Math.floor(i / inner) % channelCount;
    const x = data[i];
    sum[channel] += x;
    seen[channel]++;
    if (Math.abs(x) > reach[channel]) reach[channel] = Math.abs(x);
  }
}

/** A step that is no multiple of a map's width (those are even): samples then wander over all columns. */
function stepFor(length: number): number {
  const step = Math.ceil(length / MOST_SAMPLES);
  return step > 1 ? step | 1 : 1;
}
