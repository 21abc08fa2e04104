/**
 * ONNX nodes → layers, one to one. What cannot be run is refused here, by name; fusion comes after.
 *
 * @module
 */
import { numberAttribute, numbersAttribute, stringAttribute } from "../../onnx/read.ts";
import type { Graph, GraphNode } from "../../onnx/types.ts";
import { EngineError } from "../engine.ts";
import { type Constants, readParameters } from "./constants.ts";
import { readWindow } from "./geometry.ts";
import { contextOf, type Inference } from "./infer/index.ts";
import { reducedAxes } from "./infer/reduce.ts";
import { optionalValues } from "./infer/types.ts";
import type { Activation, BinaryLayer, BinaryOperand, Layer, Network } from "./layers.ts";
import { NONE } from "./layers.ts";
import type { Quantization } from "./quantization.ts";
import { unsupported } from "./unsupported.ts";

/** What a translation may ask about the graph around its node. */
interface Scope {
  readonly graph: Graph;
  readonly constants: Constants;
  readonly inference: Inference;
}

type Translate = (node: GraphNode, scope: Scope) => Layer;

/** The i-th input as a value computed in the run. */
function valueInput(node: GraphNode, index: number, { constants }: Scope): string {
  const name = node.inputs[index] ?? "";
  if (name === "") unsupported(node, `input ${index} is missing`);
  if (constants.has(name)) unsupported(node, `input ${index} is a constant, a computed value is expected`);
  return name;
}

/** The i-th input as a constant; `undefined` when it is absent. */
function constantInput(node: GraphNode, index: number, { constants }: Scope): string | undefined {
  const name = node.inputs[index] ?? "";
  if (name === "") return undefined;
  if (!constants.has(name)) unsupported(node, `input ${index} ("${name}") must be a constant`);
  return name;
}

function base(node: GraphNode, inputs: readonly string[]) {
  return { node, inputs, output: node.outputs[0] ?? "" };
}

function weightOf(node: GraphNode, scope: Scope): { weight: string; dims: readonly number[] } {
  const weight = constantInput(node, 1, scope) ?? unsupported(node, "weights are missing");
  const initializer = scope.constants.get(weight);
  const type = initializer?.type ?? "none";
  const real = type === "float32" || type === "float16" || initializer?.quantized !== undefined;
  if (!real) unsupported(node, `weights of type ${type}`);
  return { weight, dims: initializer?.dims ?? [] };
}

function convolution(kind: "conv" | "convTranspose"): Translate {
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

function gemm(transposed: (node: GraphNode) => boolean): Translate {
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

function pool(mode: "max" | "average"): Translate {
  return (node, scope) => ({
    ...base(node, [valueInput(node, 0, scope)]),
    kind: "pool",
    mode,
    window: readWindow(node, numbersAttribute(node, "kernel_shape", [])),
    ceil: numberAttribute(node, "ceil_mode", 0) === 1,
    countPad: numberAttribute(node, "count_include_pad", 0) === 1,
  });
}

function globalPool(mode: "max" | "average"): Translate {
  return (node, scope) => ({ ...base(node, [valueInput(node, 0, scope)]), kind: "globalPool", mode });
}

/** A reduction: over height and width of an image, it is a global pool. */
function reduce(mode: "mean" | "max" | "sum"): Translate {
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

function activation(read: (node: GraphNode, scope: Scope) => Activation): Translate {
  return (node, scope) => ({
    ...base(node, [valueInput(node, 0, scope)]),
    kind: "activation",
    activation: read(node, scope),
  });
}

/** Clip's bounds: attributes until opset 10, inputs from 11 on. */
function clip(node: GraphNode, { graph, inference }: Scope): Activation {
  const context = contextOf(graph, inference, node);
  const bound = (index: number, attribute: string, otherwise: number) =>
    (context.inputs[index] ? optionalValues(context, index)?.[0] : undefined) ??
    numberAttribute(node, attribute, otherwise);
  const min = bound(1, "min", Number.NEGATIVE_INFINITY);
  const max = bound(2, "max", Number.POSITIVE_INFINITY);
  return min === 0 && max === Number.POSITIVE_INFINITY ? { kind: "relu" } : { kind: "clip", min, max };
}

function binary(op: BinaryLayer["op"]): Translate {
  return (node, scope) => {
    const operand = (index: number): BinaryOperand => {
      const name = node.inputs[index] ?? "";
      if (name === "") unsupported(node, `input ${index} is missing`);
      const values = scope.inference.get(name)?.values;
      if (values?.length === 1) return { scalar: values[0] ?? 0 };
      return scope.constants.has(name) ? { constant: name } : { value: name };
    };
    const left = operand(0);
    const right = operand(1);
    const inputs = [left, right].flatMap((side) => ("value" in side ? [side.value] : []));
    if (inputs.length === 0) unsupported(node, "both inputs are constants");
    return { ...base(node, inputs), kind: "binary", op, left, right, activation: NONE };
  };
}

const reshape: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "reshape",
});

const move: Translate = (node, scope) => ({ ...base(node, [valueInput(node, 0, scope)]), kind: "move" });

/** Padding, of which only zeros (or another constant) are supported. */
const pad: Translate = (node, scope) => {
  const mode = stringAttribute(node, "mode", "constant");
  if (mode !== "constant") unsupported(node, `mode "${mode}"`);
  return move(node, scope);
};

const concat: Translate = (node, scope) => {
  const rank = scope.inference.get(node.outputs[0] ?? "")?.dims.length ?? 0;
  const axis = numberAttribute(node, "axis", 0);
  return {
    ...base(
      node,
      node.inputs.map((_, i) => valueInput(node, i, scope)),
    ),
    kind: "concat",
    axis: axis < 0 ? axis + rank : axis,
  };
};

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

/** The scale and zero point of all elements; see {@link Quantization} for signed bytes. */
function quantizationOf(node: GraphNode, bytes: string, { graph, inference }: Scope): Quantization {
  const { scales, zeros } = readParameters(node, graph);
  const [scale = 1] = scales;
  const [zero = 0] = zeros;
  if (scales.length !== 1 || zeros.length !== 1)
    unsupported(node, "scales of channels are supported for constants only");
  if (!(scale > 0 && Number.isFinite(scale))) unsupported(node, `a scale of ${scale}`);
  return { scale, zero: inference.get(bytes)?.type === "int8" ? zero + 128 : zero };
}

const quantize: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "quantize",
  quantization: quantizationOf(node, node.outputs[0] ?? "", scope),
});

const dequantize: Translate = (node, scope) => ({
  ...base(node, [valueInput(node, 0, scope)]),
  kind: "dequantize",
  quantization: quantizationOf(node, node.inputs[0] ?? "", scope),
});

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

/** A Split as one layer an output. */
function split(node: GraphNode, scope: Scope): Layer[] {
  return node.outputs.map((output) => ({ ...move(node, scope), output }) as Layer);
}

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
