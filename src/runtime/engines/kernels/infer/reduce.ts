/**
 * Shapes of matrix products and reductions.
 *
 * @module
 */
import { numberAttribute, numbersAttribute } from "../../../onnx/read.ts";
import { unsupported } from "../unsupported.ts";
import type { InferContext, InferRule } from "./types.ts";
import { inputOf, normalizeAxis, optionalValues, showDims } from "./types.ts";

function inferGemm(context: InferContext) {
  const { node } = context;
  const a = inputOf(context, 0).dims;
  const b = inputOf(context, 1).dims;
  if (a.length !== 2 || b.length !== 2) unsupported(node, `${showDims(a)} times ${showDims(b)}`);
  if (numberAttribute(node, "transA", 0) !== 0) unsupported(node, "transA is not supported");
  const transposed = numberAttribute(node, "transB", 0) !== 0;
  const [inner = 0, out = 0] = transposed ? [b[1], b[0]] : b;
  if (a[1] !== inner) unsupported(node, `${showDims(a)} does not fit weights ${showDims(b)}`);
  return [{ type: "float32" as const, dims: [a[0] ?? 0, out] }];
}

function inferMatMul(context: InferContext) {
  const { node } = context;
  const a = inputOf(context, 0).dims;
  const b = inputOf(context, 1).dims;
  if (a.length !== 2 || b.length !== 2 || a[1] !== b[0]) {
    unsupported(node, `${showDims(a)} times ${showDims(b)}: only matrices that fit are supported`);
  }
  return [{ type: "float32" as const, dims: [a[0] ?? 0, b[1] ?? 0] }];
}

/** The axes a reduction runs over, sorted: an attribute until opset 17, an input from 18 on. */
export function reducedAxes(context: InferContext): number[] {
  const { dims } = inputOf(context, 0);
  const axes = optionalValues(context, 1) ?? numbersAttribute(context.node, "axes", []);
  const all = axes.length > 0 ? axes : dims.map((_, i) => i);
  return all.map((axis) => normalizeAxis(context.node, axis, dims.length)).sort((a, b) => a - b);
}

function inferReduce(context: InferContext) {
  const { type, dims } = inputOf(context, 0);
  const axes = reducedAxes(context);
  const keep = numberAttribute(context.node, "keepdims", 1) !== 0;
  const reduced = dims.map((dim, i) => (axes.includes(i) ? 1 : dim));
  return [{ type, dims: keep ? reduced : reduced.filter((_, i) => !axes.includes(i)) }];
}

/** Rules by operator. */
export const reduceRules: Readonly<Record<string, InferRule>> = {
  Gemm: inferGemm,
  MatMul: inferMatMul,
  ReduceMean: inferReduce,
  ReduceMax: inferReduce,
  ReduceSum: inferReduce,
};
