/**
 * Convolutions and matrix products.
 *
 * @module
 */
import { numberAttribute } from "../../../onnx/read.ts";
import type { GraphNode } from "../../../onnx/types.ts";
import { readWindow } from "../geometry.ts";
import { NONE } from "../layers.ts";
import { unsupported } from "../unsupported.ts";
import { base, constantInput, type Scope, type Translate, valueInput } from "./types.ts";

function weightOf(node: GraphNode, scope: Scope): { weight: string; dims: readonly number[] } {
  const weight = constantInput(node, 1, scope) ?? unsupported(node, "weights are missing");
  const initializer = scope.constants.get(weight);
  const type = initializer?.type ?? "none";
  const real = type === "float32" || type === "float16" || initializer?.quantized !== undefined;
  if (!real) unsupported(node, `weights of type ${type}`);
  return { weight, dims: initializer?.dims ?? [] };
}

/** Conv and ConvTranspose. */
export function convolution(kind: "conv" | "convTranspose"): Translate {
  return (node, scope) => {
    const { weight, dims } = weightOf(node, scope);
    return {
      ...base(node, [valueInput(node, 0, scope)]),
      kind,
      weight,
      bias: constantInput(node, 2, scope),
      weightDims: dims as unknown as readonly [number, number, number, number],
      group: numberAttribute(node, "group", 1),
      window: readWindow(node, dims.slice(2)),
      activation: NONE,
    };
  };
}

/** Gemm and MatMul. @param transposed whether the weights of a node are `[columns, rows]` */
export function gemm(transposed: (node: GraphNode) => boolean): Translate {
  return (node, scope) => {
    const { weight, dims } = weightOf(node, scope);
    if (numberAttribute(node, "alpha", 1) !== 1 || numberAttribute(node, "beta", 1) !== 1) {
      unsupported(node, "alpha and beta other than 1");
    }
    const bias = constantInput(node, 2, scope);
    const isTransposed = transposed(node);
    const [columns = 0, rows = 0] = isTransposed ? dims : [...dims].reverse();
    const length = bias === undefined ? columns : scope.constants.get(bias)?.dims.reduce((a, b) => a * b, 1);
    if (length !== columns) unsupported(node, `a bias of ${length} elements for ${columns} columns`);
    return {
      ...base(node, [valueInput(node, 0, scope)]),
      kind: "gemm",
      weight,
      bias,
      rows,
      columns,
      transposed: isTransposed,
      activation: NONE,
    };
  };
}
