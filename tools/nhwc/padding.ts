/**
 * The arithmetic of windows: output sizes, and TensorFlow's padding schemes made explicit.
 *
 * @module
 */
import type { Pads, Pair } from "./graph.ts";

/** TensorFlow's padding schemes. */
export type PaddingScheme = "SAME" | "VALID";

/** The geometry of a window that slides over rows and columns. */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** Pixels that a dilated kernel spans. */
export function span(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Pixels of a window's output along one axis; `padding` is that of both ends together. */
export function slideSize(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
): number {
  return Math.floor((size + padding - span(kernel, dilation)) / stride) + 1;
}

/**
 * What a padding scheme adds for an input of `height` by `width` pixels.
 *
 * SAME makes the output `ceil(size / stride)` pixels and puts the odd pixel of padding at the bottom and the right, unlike PyTorch,
 * which pads both sides alike (tensorflow/core/framework/kernel_shape_util.cc, `GetWindowedOutputSizeVerbose`).
 */
export function explicitPads(scheme: PaddingScheme, height: number, width: number, window: Window): Pads {
  if (scheme === "VALID") return [0, 0, 0, 0];
  const [top, bottom] = sameAxis(height, window.kernel[0], window.strides[0], window.dilations[0]);
  const [left, right] = sameAxis(width, window.kernel[1], window.strides[1], window.dilations[1]);
  return [top, left, bottom, right];
}

function sameAxis(size: number, kernel: number, stride: number, dilation: number): Pair {
  const output = Math.ceil(size / stride);
  const total = Math.max(0, (output - 1) * stride + span(kernel, dilation) - size);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** What a transposed convolution's scheme does: pads are taken from its output, output padding is added at its far end. */
export interface TransposedPadding {
  readonly pads: Pads;
  readonly outputPadding: Pair;
}

/**
 * The padding that gives a transposed convolution of `input` pixels an output of `output` pixels: the transpose of the convolution that
 * leads from the latter to the former (tensorflow/lite/kernels/transpose_conv.cc; conv_grad_shape_utils.cc).
 *
 * @returns undefined when no convolution of this scheme leads from `output` to `input`.
 */
export function transposedPadding(
  scheme: PaddingScheme,
  input: Pair,
  output: Pair,
  kernel: Pair,
  strides: Pair,
): TransposedPadding | undefined {
  const vertical = transposedAxis(scheme, input[0], output[0], kernel[0], strides[0]);
  const horizontal = transposedAxis(scheme, input[1], output[1], kernel[1], strides[1]);
  if (!vertical || !horizontal) return undefined;
  return {
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    outputPadding: [vertical.extra, horizontal.extra],
  };
}

function transposedAxis(
  scheme: PaddingScheme,
  input: number,
  output: number,
  kernel: number,
  stride: number,
) {
  const forward = scheme === "SAME" ? Math.ceil(output / stride) : slideSize(output, kernel, stride, 1, 0);
  if (forward !== input) return undefined;
  const [before, after] = scheme === "SAME" ? sameAxis(output, kernel, stride, 1) : [0, 0];
  const extra = output - ((input - 1) * stride + kernel - before - after);
  // ONNX wants output padding below the stride; a larger one cannot come from a convolution.
  return extra >= 0 && extra < stride ? { before, after, extra } : undefined;
}
