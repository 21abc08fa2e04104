/**
 * Quantizes what our QDQ graphs leave in floats between a product and what follows it at once: TensorFlow Lite's integer operators give integers.
 *
 * @module
 */
import type { GraphNode } from "../../src/runtime/onnx/types.ts";
import type { PlainGraph, Quantization } from "./quantization.ts";

/** Real numbers, the least and the largest. */
type Range = readonly [least: number, largest: number];

/** Of signed 8-bit integers. */
const LEAST = -128;
const LARGEST = 127;

/** Hard-swish is 0 below, and hard-sigmoid 0 and 1 outside: what is cut there is not missed. */
const HARD_LIMIT = 3;

function rangeOf({ scales: [scale = 1], zeroPoints: [zero = 0] }: Quantization): Range {
  return [(LEAST - zero) * scale, (LARGEST - zero) * scale];
}

function covering([least, largest]: Range): Quantization {
  const scale = (largest - least) / (LARGEST - LEAST);
  return { scales: [scale], zeroPoints: [Math.max(LEAST, Math.round(LEAST - least / scale))] };
}

/** What a value can be without its being cut changing anything, by the operator that takes it. */
function rangeBefore(
  taker: GraphNode,
  value: string,
  quantized: ReadonlyMap<string, Quantization>,
): Range | undefined {
  if (taker.op === "HardSigmoid") return [-HARD_LIMIT, HARD_LIMIT];
  const after = quantized.get(taker.outputs[0]);
  if (!after) return undefined;
  const [least, largest] = rangeOf(after);
  if (taker.op === "HardSwish") return [-HARD_LIMIT, Math.max(HARD_LIMIT, largest)];
  const other = quantized.get(taker.inputs.find((name) => name !== value) ?? "");
  if (taker.op !== "Add" || !other) return undefined;
  const [otherLeast, otherLargest] = rangeOf(other);
  return [least - otherLargest, largest - otherLeast];
}

/** The graph with parameters for those values. What no integer operator takes, such as logits, stays as it is. */
export function quantizeBetween({ graph, quantized }: PlainGraph): PlainGraph {
  const all = new Map(quantized);
  for (const taker of graph.nodes) {
    for (const value of taker.inputs) {
      const maker = graph.nodes.find(({ outputs }) => outputs[0] === value);
      if (all.has(value) || (maker?.op !== "Conv" && maker?.op !== "Gemm")) continue;
      if (!all.has(maker.inputs[0])) continue;
      const range = rangeBefore(taker, value, all);
      if (range) all.set(value, covering(range));
    }
  }
  return { graph, quantized: all };
}
