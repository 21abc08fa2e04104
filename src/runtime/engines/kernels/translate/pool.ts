/**
 * Pooling and reductions.
 *
 * @module
 */
import { numberAttribute, numbersAttribute } from "../../../onnx/read.ts";
import { readWindow } from "../geometry.ts";
import { contextOf } from "../infer/index.ts";
import { reducedAxes } from "../infer/reduce.ts";
import { base, type Translate, valueInput } from "./types.ts";

/** MaxPool and AveragePool. */
export function pool(mode: "max" | "average"): Translate {
  return (node, scope) => ({
    ...base(node, [valueInput(node, 0, scope)]),
    kind: "pool",
    mode,
    window: readWindow(node, numbersAttribute(node, "kernel_shape", [])),
    ceil: numberAttribute(node, "ceil_mode", 0) === 1,
    countPad: numberAttribute(node, "count_include_pad", 0) === 1,
  });
}

/** GlobalMaxPool and GlobalAveragePool. */
export function globalPool(mode: "max" | "average"): Translate {
  return (node, scope) => ({ ...base(node, [valueInput(node, 0, scope)]), kind: "globalPool", mode });
}

/** A reduction: over height and width of an image, it is a global pool. */
export function reduce(mode: "mean" | "max" | "sum"): Translate {
  return (node, scope) => {
    const context = contextOf(scope.graph, scope.inference, node);
    const axes = reducedAxes(context).join();
    const image = context.inputs[0]?.dims.length === 4 && axes === "2,3";
    const inputs = [valueInput(node, 0, scope)];
    if (image && mode !== "sum") {
      return { ...base(node, inputs), kind: "globalPool", mode: mode === "max" ? "max" : "average" };
    }
    return { ...base(node, inputs), kind: "reduce", mode };
  };
}
