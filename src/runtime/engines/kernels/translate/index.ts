/**
 * ONNX nodes → layers, one to one. What cannot be run is refused here, by name; fusion comes after.
 *
 * @module
 */
import { numberAttribute } from "../../../onnx/read.ts";
import type { Graph } from "../../../onnx/types.ts";
import { EngineError } from "../../engine.ts";
import type { Constants } from "../constants.ts";
import type { Inference } from "../infer/index.ts";
import type { Layer, Network } from "../layers.ts";
import { unsupported } from "../unsupported.ts";
import { activation, binary, clip } from "./elementwise.ts";
import { concat, move, pad, reshape, split } from "./move.ts";
import { globalPool, pool, reduce } from "./pool.ts";
import { convolution, gemm } from "./products.ts";
import { dequantize, quantize } from "./quantize.ts";
import { base, type Translate, valueInput } from "./types.ts";

const softmax: Translate = (node, scope) => {
  const rank = scope.inference.get(node.inputs[0] ?? "")?.dims.length ?? 0;
  if (scope.graph.opset < 13) unsupported(node, "operator sets before 13 flatten what Softmax is taken of");
  const axis = numberAttribute(node, "axis", -1);
  return {
    ...base(node, [valueInput(node, 0, scope)]),
    kind: "softmax",
    axis: axis < 0 ? axis + rank : axis,
  };
};

const translations: Readonly<Record<string, Translate>> = {
  Conv: convolution("conv"),
  ConvTranspose: convolution("convTranspose"),
  Gemm: gemm((node) => numberAttribute(node, "transB", 0) !== 0),
  MatMul: gemm(() => false),
  MaxPool: pool("max"),
  AveragePool: pool("average"),
  GlobalAveragePool: globalPool("average"),
  GlobalMaxPool: globalPool("max"),
  ReduceMean: reduce("mean"),
  ReduceMax: reduce("max"),
  ReduceSum: reduce("sum"),
  Relu: activation(() => ({ kind: "relu" })),
  Sigmoid: activation(() => ({ kind: "sigmoid" })),
  Tanh: activation(() => ({ kind: "tanh" })),
  Exp: activation(() => ({ kind: "exp" })),
  HardSwish: activation(() => ({ kind: "hardswish" })),
  HardSigmoid: activation((node) => ({
    kind: "hardsigmoid",
    alpha: numberAttribute(node, "alpha", 0.2),
    beta: numberAttribute(node, "beta", 0.5),
  })),
  LeakyRelu: activation((node) => ({ kind: "leaky", alpha: numberAttribute(node, "alpha", 0.01) })),
  Clip: activation(clip),
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div"),
  Min: binary("Min"),
  Max: binary("Max"),
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Identity: reshape,
  Dropout: reshape,
  Cast: reshape,
  Transpose: move,
  Slice: move,
  Expand: move,
  Pad: pad,
  Concat: concat,
  Resize: (node, scope) => ({ ...base(node, [valueInput(node, 0, scope)]), kind: "resize" }),
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  Softmax: softmax,
};

/**
 * Translates the nodes that compute float values at run time. What is computed from shapes and constants alone is left out: shape
 * inference knows it.
 *
 * @throws {EngineError} `unsupported_graph`, naming the node and what is wrong with it.
 */
export function translate(graph: Graph, constants: Constants, inference: Inference): Network {
  const scope = { graph, constants, inference };
  const layers: Layer[] = graph.inputs.map(({ name, type }) => {
    const node = { name, op: "Input", domain: "", inputs: [], outputs: [name], attributes: new Map() };
    if (type !== "float32") unsupported(node, `an input of type ${type}`);
    return { kind: "input", node, inputs: [], output: name };
  });
  for (const node of graph.nodes) {
    const output = node.outputs[0] ?? "";
    const known = inference.get(output);
    if (known?.values || constants.has(output)) continue;
    if (known?.type !== "float32" && node.op !== "QuantizeLinear")
      unsupported(node, `a result of type ${known?.type} that depends on the input`);
    if (node.op === "Split") {
      layers.push(...split(node, scope));
      continue;
    }
    const rule = translations[node.op] ?? unsupported(node, "the operator is not supported");
    layers.push(rule(node, scope));
  }
  const outputs = graph.outputs.map(({ name }) => name);
  for (const { output, node, kind } of layers) {
    if (kind === "quantize" && outputs.includes(output))
      unsupported(node, "an output of the graph must be float32");
  }
  const made = new Set(layers.map(({ output }) => output));
  const constant = outputs.find((name) => !made.has(name));
  if (constant !== undefined) {
    throw new EngineError("unsupported_graph", `output "${constant}" does not depend on the input`);
  }
  return { layers: keepNeeded(layers, outputs), outputs };
}

/** Drops layers that nothing needs. */
function keepNeeded(layers: readonly Layer[], outputs: readonly string[]): Layer[] {
  const needed = new Set(outputs);
  const kept: Layer[] = [];
  for (const layer of layers.toReversed()) {
    if (!needed.has(layer.output)) continue;
    kept.push(layer);
    for (const input of layer.inputs) needed.add(input);
  }
  return kept.reverse();
}
