/**
 * Parameters of all values of a network that become bytes.
 *
 * @module
 */
import { createHistogram, type Histogram, merge } from "./histogram.ts";
import { linksOf, type Network } from "./network.ts";
import type { Observations } from "./observe.ts";
import type { QuantizationParameters } from "./parameters.ts";
import { chooseRange, type RangeMethod } from "./range.ts";
import type { RoundingPoints } from "./rounding-points.ts";

/** A gate's bytes are 0 to 1, whatever was seen. */
const GATE: QuantizationParameters = { scale: Math.fround(1 / 255), zeroPoint: 0 };
const GATES = new Set(["Sigmoid", "HardSigmoid"]);

/** Channels of a picture. */
const RGB = 3;

/** Parameters of every value that is rounded; those of a group are the same. Values that were not observed are left out. */
export function chooseParameters(
  network: Network,
  { rounded, groupOf }: RoundingPoints,
  observations: Observations,
  method: RangeMethod = "error",
): Map<string, QuantizationParameters> {
  const { producer } = linksOf(network);
  const histograms = new Map<string, Histogram>();
  const others = new Set<string>();
  const pictures = new Set<string>();
  for (const value of rounded) {
    const seen = observations.get(value);
    if (!seen) continue;
    const root = groupOf(value);
    const histogram = histograms.get(root) ?? createHistogram();
    merge(histogram, seen.histogram);
    histograms.set(root, histogram);
    if (!GATES.has(producer.get(value)?.opType ?? "")) others.add(root);
    if (network.inputs.includes(value) && seen.channels.seen.length === RGB) pictures.add(root);
  }
  const chosen = new Map<string, QuantizationParameters>();
  for (const [root, histogram] of histograms) {
    // A picture has white and black in it: all that there is is seen.
    const own = pictures.has(root) ? "extremes" : method;
    chosen.set(root, others.has(root) ? chooseRange(histogram, own) : GATE);
  }
  const parameters = new Map<string, QuantizationParameters>();
  for (const value of rounded) {
    const own = chosen.get(groupOf(value));
    if (own) parameters.set(value, own);
  }
  return parameters;
}
