/**
 * TensorFlow Lite's convolutions, pooling and fully connected layer.
 *
 * Field numbers of options: see schema.ts. Rows and columns are written width first there.
 *
 * @module
 */
import { nodeError } from "../nhwc/errors.ts";
import type { Constant, Pair } from "../nhwc/graph.ts";
import { reshape } from "../nhwc/operations/structure.ts";
import { conv, convTranspose, dense, pool, reorder } from "../nhwc/operations/windows.ts";
import type { PaddingScheme } from "../nhwc/padding.ts";
import type { Scope, Term } from "../nhwc/terms.ts";
import { termShape, wantFloats, wantInts, wantTerm } from "../nhwc/terms.ts";
import type { Operation, Translator } from "./operation.ts";
import { boolOption, intOption, paddingOf, withActivation } from "./operation.ts";

/** CONV_2D: `[O, h, w, I]` weights; grouped where I is a part of the input's channels. */
export function convolution(operation: Operation): Term {
  const { inputs } = operation;
  const weights = wantFloats(operation, inputs[1], "filter");
  const channels = termShape(operation, wantTerm(operation, inputs[0], "input")).at(-1) ?? 0;
  const [, , , perGroup = channels] = weights.dims;
  return withActivation(operation, 3, (scope) =>
    conv(scope, {
      input: inputs[0],
      weights: reorder(scope, weights, [0, 3, 1, 2]),
      bias: biasOf(scope, inputs[2]),
      strides: [intOption(operation, 2, 1), intOption(operation, 1, 1)],
      dilations: [intOption(operation, 5, 1), intOption(operation, 4, 1)],
      padding: paddingOf(operation, 0),
      groups: channels / perGroup,
    }),
  );
}

/** DEPTHWISE_CONV_2D: `[1, h, w, I * multiplier]` weights. The multiplier follows from the shapes. */
export function depthwise(operation: Operation): Term {
  const { inputs } = operation;
  const weights = wantFloats(operation, inputs[1], "filter");
  const channels = termShape(operation, wantTerm(operation, inputs[0], "input")).at(-1) ?? 0;
  const ordered = reorder(operation, weights, [3, 0, 1, 2]);
  return withActivation(operation, 4, (scope) =>
    conv(scope, {
      input: inputs[0],
      weights: ordered,
      bias: biasOf(scope, inputs[2]),
      strides: [intOption(operation, 2, 1), intOption(operation, 1, 1)],
      dilations: [intOption(operation, 6, 1), intOption(operation, 5, 1)],
      padding: paddingOf(operation, 0),
      groups: channels,
    }),
  );
}

/** TRANSPOSE_CONV: the output's shape, `[O, h, w, I]` weights, the input, a bias. */
export function transposedConvolution(operation: Operation): Term {
  const [shape, weights, input, bias] = operation.inputs;
  const [, height = 0, width = 0] = wantInts(operation, shape, "output shape");
  return withActivation(operation, 3, (scope) =>
    convTranspose(scope, {
      input,
      weights: reorder(scope, wantFloats(scope, weights, "filter"), [3, 0, 1, 2]),
      bias: biasOf(scope, bias),
      strides: [intOption(operation, 2, 1), intOption(operation, 1, 1)],
      padding: paddingOf(operation, 0),
      size: [height, width],
    }),
  );
}

/**
 * MediaPipe's Convolution2DTransposeBias: the input, `[O, h, w, I]` weights, a bias. Its options are `TfLiteTransposeConvParams`:
 * padding (1 is SAME, 2 VALID), stride across, stride down, as 32-bit integers.
 */
export function transposedConvolutionWithBias(operation: Operation): Term {
  const { inputs, customOptions, where } = operation;
  if (!customOptions || customOptions.length < 12) {
    throw nodeError("malformed", where, "its options are not padding and two strides");
  }
  const view = new DataView(customOptions.buffer, customOptions.byteOffset, customOptions.length);
  const [padding, strideWidth, strideHeight] = [0, 4, 8].map((at) => view.getInt32(at, true));
  const scheme: PaddingScheme | undefined = ([undefined, "SAME", "VALID"] as const)[padding];
  if (!scheme) throw nodeError("malformed", where, `padding ${padding} is neither SAME (1) nor VALID (2)`);
  const filter = wantFloats(operation, inputs[1], "filter");
  const [, kh = 0, kw = 0] = filter.dims;
  const [, height = 0, width = 0] = termShape(operation, wantTerm(operation, inputs[0], "input"));
  return convTranspose(operation, {
    input: inputs[0],
    weights: reorder(operation, filter, [3, 0, 1, 2]),
    bias: wantFloats(operation, inputs[2], "bias"),
    strides: [strideHeight, strideWidth],
    padding: scheme,
    size: [grown(height, kh, strideHeight, scheme), grown(width, kw, strideWidth, scheme)],
  });
}

/** Its output's size along one axis, which is not quite TensorFlow's: mediapipe/util/tflite/operations/transpose_conv_bias.cc. */
function grown(size: number, kernel: number, stride: number, scheme: PaddingScheme): number {
  const padding = scheme === "SAME" ? Math.max(0, kernel - ((size - 1) % stride) - 1) : 0;
  return stride * (size - 1) + kernel - padding;
}

/** FULLY_CONNECTED: `[O, I]` weights. */
export function fullyConnected(operation: Operation): Term {
  const [input, weights, bias] = operation.inputs;
  const matrix = wantFloats(operation, weights, "weights");
  if (operation.options?.int8(1, 0)) {
    throw nodeError("unsupported", operation.where, "shuffled weights are not supported");
  }
  return withActivation(operation, 0, (scope) => {
    const result = dense(scope, input, matrix, biasOf(scope, bias));
    if (!boolOption(operation, 2)) return result;
    const dims = termShape(scope, wantTerm(scope, input, "input"));
    return reshape(scope, result, [...dims.slice(0, -1), matrix.dims[0]]);
  });
}

/** AVERAGE_POOL_2D and MAX_POOL_2D */
export function pooling(fn: "max" | "average"): Translator {
  return (operation) => {
    const kernel: Pair = [intOption(operation, 4), intOption(operation, 3)];
    const strides: Pair = [intOption(operation, 2), intOption(operation, 1)];
    return withActivation(operation, 5, (scope) =>
      pool(scope, { input: operation.inputs[0], fn, kernel, strides, padding: paddingOf(operation, 0) }),
    );
  };
}

function biasOf(scope: Scope, term: Term | undefined): Constant | undefined {
  return term ? wantFloats(scope, term, "bias") : undefined;
}
