/**
 * Reductions: pooling over the whole picture, and what takes axes away.
 *
 * @module
 */
import type { Attribute } from "../../onnx/builder.ts";
import type { ReduceNode } from "../graph.ts";
import type { Lowering } from "./context.ts";
import { channelsLast, dimsOf, ints } from "./context.ts";
import { onnxAxis, TO_FIRST } from "./layout.ts";

const REDUCE = { mean: "ReduceMean", max: "ReduceMax", min: "ReduceMin", sum: "ReduceSum" } as const;

/** Writes a reduction. */
export function lowerReduce(
  context: Lowering,
  node: ReduceNode,
  input: string,
  emit: (op: string, inputs: readonly string[], attributes?: Record<string, Attribute>) => string,
): string {
  const { graph } = context;
  const rank = dimsOf(context, node.input).length;
  const overPixels = rank === 4 && node.axes.join() === "1,2";
  if (overPixels && (node.fn === "mean" || node.fn === "max")) {
    const op = node.fn === "mean" ? "GlobalAveragePool" : "GlobalMaxPool";
    if (node.keepDims) return emit(op, [input]);
    const pooled = graph.node(op, [input], {}, `${node.name}/pooled`);
    return emit("Flatten", [pooled], { axis: 1 });
  }
  const write = (put: typeof emit, source: string, axes: readonly number[]) => {
    const keepdims = node.keepDims ? 1 : 0;
    // Opset 17: axes are an input of ReduceSum, an attribute of the others.
    return node.fn === "sum"
      ? put("ReduceSum", [source, ints(context, axes)], { keepdims })
      : put(REDUCE[node.fn], [source], { axes, keepdims });
  };
  if (node.keepDims) {
    return write(
      emit,
      input,
      node.axes.map((axis) => onnxAxis(axis, rank)).sort((a, b) => a - b),
    );
  }
  // Axes that are left must come out in the source's order, and a picture that is left channels-first.
  if (rank === 4) return write(emit, channelsLast(context, node.input), node.axes);
  if (rank - node.axes.length !== 4) return write(emit, input, node.axes);
  const inner: typeof emit = (op, inputs, attributes) =>
    graph.node(op, inputs, attributes, `${node.name}/channels_last`);
  return emit("Transpose", [write(inner, input, node.axes)], { perm: TO_FIRST });
}
