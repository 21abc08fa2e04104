/**
 * TensorFlow's convolutions, pooling, matrix products and batch normalisation.
 *
 * @module
 */
import { nodeError } from "../nhwc/errors.ts";
import type { Constant, Pads, UnaryFunction } from "../nhwc/graph.ts";
import { activated, RELU6 } from "../nhwc/operations/activate.ts";
import { binary, prelu } from "../nhwc/operations/arithmetic.ts";
import { conv, convTranspose, dense, pool, reorder, reshaped } from "../nhwc/operations/windows.ts";
import type { PaddingScheme } from "../nhwc/padding.ts";
import type { Scope, Term } from "../nhwc/terms.ts";
import { known, termShape, wantFloats, wantInts, wantTerm } from "../nhwc/terms.ts";
import { rowsAndColumns } from "./attributes.ts";
import type { Operation, Translator } from "./operation.ts";
import { requireChannelsLast } from "./operation.ts";

/** Conv2D and _FusedConv2D: `[h, w, I, O]` weights; grouped where I is a part of the input's channels. */
export function convolution(operation: Operation): Term {
  const weights = wantFloats(operation, operation.inputs[1], "filter");
  const channels = termShape(operation, wantTerm(operation, operation.inputs[0], "input")).at(-1) ?? 0;
  const groups = channels / (weights.dims[2] ?? channels);
  return convolve(operation, reorder(operation, weights, [3, 2, 0, 1]), groups);
}

/** DepthwiseConv2dNative and its fused form: `[h, w, I, multiplier]` weights. */
export function depthwise(operation: Operation): Term {
  const weights = wantFloats(operation, operation.inputs[1], "filter");
  const [h = 0, w = 0, inputs = 0, multiplier = 0] = weights.dims;
  const ordered = reorder(operation, weights, [2, 3, 0, 1]);
  return convolve(operation, reshaped(ordered, [inputs * multiplier, 1, h, w]), inputs);
}

function convolve(operation: Operation, weights: Constant, groups: number): Term {
  const { node, attributes, inputs } = operation;
  requireChannelsLast(operation, attributes);
  return fused(operation, inputs.slice(2), (scope, bias) =>
    conv(scope, {
      input: inputs[0],
      weights,
      bias,
      strides: rowsAndColumns(node, "strides", attributes.ints("strides")),
      dilations: rowsAndColumns(node, "dilations", attributes.ints("dilations", [1, 1, 1, 1])),
      padding: paddingOf(operation),
      groups,
    }),
  );
}

/** Conv2DBackpropInput: the output's shape, `[h, w, O, I]` weights, the input. */
export function transposedConvolution(operation: Operation): Term {
  const { node, attributes, inputs } = operation;
  requireChannelsLast(operation, attributes);
  const size = wantInts(operation, inputs[0], "output shape");
  // Keras gives `[N, H, W, O]`, newer TensorFlow accepts `[H, W]`.
  const [height = 0, width = 0] = size.length === 2 ? size : size.slice(1);
  return convTranspose(operation, {
    input: inputs[2],
    weights: reorder(operation, wantFloats(operation, inputs[1], "filter"), [3, 2, 0, 1]),
    bias: undefined,
    strides: rowsAndColumns(node, "strides", attributes.ints("strides")),
    padding: schemeOf(operation, attributes.text("padding")),
    size: [height, width],
  });
}

/** MatMul and _FusedMatMul by constant weights: `[I, O]`, or transposed. */
export function matrixProduct(operation: Operation): Term {
  const { attributes, inputs } = operation;
  if (attributes.bool("transpose_a", false)) {
    throw nodeError("unsupported", operation.where, "a transposed input is not supported");
  }
  const weights = wantFloats(operation, inputs[1], "matrix");
  const rows = attributes.bool("transpose_b", false) ? weights : reorder(operation, weights, [1, 0]);
  return fused(operation, inputs.slice(2), (scope, bias) => dense(scope, inputs[0], rows, bias));
}

/** BiasAdd */
export function biasAdd(operation: Operation): Term {
  requireChannelsLast(operation, operation.attributes);
  return binary(operation, "add", operation.inputs[0], operation.inputs[1]);
}

/** FusedBatchNorm in inference: `(x - mean) / sqrt(variance + epsilon) * scale + offset`. */
export function batchNorm(operation: Operation): Term {
  const { attributes, inputs } = operation;
  requireChannelsLast(operation, attributes);
  if (attributes.bool("is_training", true)) {
    throw nodeError(
      "unsupported",
      operation.where,
      "it normalises by the batch (is_training), a network for inference does not",
    );
  }
  const roles = ["scale", "offset", "mean", "variance"];
  const [scale, offset, mean, variance] = roles.map((role, i) => wantFloats(operation, inputs[i + 1], role));
  const channels = scale.data.length;
  if ([offset, mean, variance].some(({ data }) => data.length !== channels)) {
    throw nodeError("malformed", operation.where, "its parameters are of different lengths");
  }
  // TensorFlow's default: tensorflow/core/ops/nn_ops.cc.
  const epsilon = attributes.float("epsilon", 1e-4);
  const factor = scale.data.map((gamma, i) => gamma / Math.sqrt(variance.data[i] + epsilon));
  const shift = offset.data.map((beta, i) => beta - mean.data[i] * factor[i]);
  const inner = { ...operation, where: { ...operation.where, node: `${operation.where.node}/scale` } };
  const scaled = binary(inner, "mul", inputs[0], known([channels], factor));
  return binary(operation, "add", scaled, known([channels], shift));
}

/** MaxPool and AvgPool */
export function pooling(fn: "max" | "average"): Translator {
  return (operation) => {
    const { node, attributes, inputs } = operation;
    requireChannelsLast(operation, attributes);
    return pool(operation, {
      input: inputs[0],
      fn,
      kernel: rowsAndColumns(node, "ksize", attributes.ints("ksize")),
      strides: rowsAndColumns(node, "strides", attributes.ints("strides")),
      padding: paddingOf(operation),
    });
  };
}

/** What may stand behind a fused convolution or matrix product, by the name in `fused_ops`. */
const FUSED: ReadonlyMap<string, UnaryFunction> = new Map<string, UnaryFunction>([
  ["Relu", { kind: "relu" }],
  ["Relu6", RELU6],
  ["Elu", { kind: "elu", alpha: 1 }],
  ["Sigmoid", { kind: "sigmoid" }],
  ["Tanh", { kind: "tanh" }],
]);

/** A bias, then an activation: the two things that TensorFlow.js fuses. `rest` are their parameters. */
function fused(
  operation: Operation,
  rest: readonly Term[],
  make: (scope: Scope, bias: Constant | undefined) => Term,
): Term {
  const names = operation.attributes.texts("fused_ops", []);
  const hasBias = names[0] === "BiasAdd";
  const bias = hasBias ? wantFloats(operation, rest[0], "bias") : undefined;
  const [activation, ...more] = hasBias ? names.slice(1) : names;
  if (more.length > 0) {
    throw nodeError(
      "unsupported",
      operation.where,
      `the fused operators ${names.join(", ")} are not supported`,
    );
  }
  if (activation === undefined) return make(operation, bias);
  if (activation === "Prelu") {
    const inner = { ...operation, where: { ...operation.where, node: `${operation.where.node}/linear` } };
    return prelu(operation, make(inner, bias), rest[hasBias ? 1 : 0]);
  }
  const leaky: UnaryFunction = {
    kind: "leaky_relu",
    alpha: operation.attributes.float("leakyrelu_alpha", 0.2),
  };
  const fn = activation === "LeakyRelu" ? leaky : FUSED.get(activation);
  if (!fn) {
    throw nodeError("unsupported", operation.where, `the fused operator ${activation} is not supported`);
  }
  return activated(operation, fn, (scope) => make(scope, bias));
}

function paddingOf(operation: Operation): PaddingScheme | Pads {
  const { attributes, where } = operation;
  const scheme = attributes.text("padding");
  if (scheme !== "EXPLICIT") return schemeOf(operation, scheme);
  const pads = attributes.ints("explicit_paddings");
  const [n0, n1, top, bottom, left, right, c0, c1] = pads;
  if (pads.length !== 8 || [n0, n1, c0, c1].some((pad) => pad !== 0)) {
    throw nodeError(
      "unsupported",
      where,
      `its explicit_paddings [${pads.join(", ")}] are not of rows and columns`,
    );
  }
  return [top, left, bottom, right];
}

function schemeOf(scope: Scope, scheme: string): PaddingScheme {
  if (scheme === "SAME" || scheme === "VALID") return scheme;
  throw nodeError("unsupported", scope.where, `padding ${scheme} is not supported`);
}
