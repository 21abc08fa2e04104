/**
 * Checks of dimensions. The files that are imported come from anywhere: what passes is a tensor that can exist.
 *
 * @module
 */
import type { Constant, Shape } from "./graph.ts";
import { elementCount } from "./graph.ts";

/** More elements than any network of this family has in one tensor (2 GB of floats); bounds what hostile dimensions can ask for. */
const MAX_ELEMENTS = 2 ** 29;
/** The largest rank that is handled; TensorFlow Lite's own kernels end at 5 or 6. */
const MAX_RANK = 6;
/** Bound of strides, dilations, kernels and pads: far beyond use, and small enough that sums and products stay exact. */
export const MAX_EXTENT = 2 ** 20;

/** Throws an error about the node in hand. */
export type Fail = (message: string) => never;

/** Refuses dimensions that no network has. */
export function checkShape(shape: Shape, fail: (message: string) => never): void {
  if (shape.length > MAX_RANK) fail(`${shape.length} dimensions, at most ${MAX_RANK} are handled`);
  if (shape.some((dim) => !Number.isSafeInteger(dim) || dim < 1)) {
    fail(`impossible dimensions [${shape.join(", ")}]`);
  }
  if (elementCount(shape) > MAX_ELEMENTS) {
    fail(`a tensor [${shape.join(", ")}] is too large: ${MAX_ELEMENTS} elements at most`);
  }
}

/** The dimensions of a picture. */
export function picture(shape: Shape, fail: Fail): readonly [number, number, number, number] {
  if (shape.length !== 4) fail(`wants a picture [N, H, W, C], not [${shape.join(", ")}]`);
  return [shape[0], shape[1], shape[2], shape[3]];
}

/** The dimensions of a convolution's weights, checked to hold as many numbers. */
export function kernel(weights: Constant, fail: Fail): readonly [number, number, number, number] {
  checkConstant(weights, fail);
  if (weights.dims.length !== 4) fail(`wants weights of 4 dimensions, not [${weights.dims.join(", ")}]`);
  return [weights.dims[0], weights.dims[1], weights.dims[2], weights.dims[3]];
}

/** The dimensions of a matrix of weights, checked to hold as many numbers. */
export function matrix(weights: Constant, fail: Fail): readonly [number, number] {
  checkConstant(weights, fail);
  if (weights.dims.length !== 2) fail(`wants a matrix of weights, not [${weights.dims.join(", ")}]`);
  return [weights.dims[0], weights.dims[1]];
}

function checkConstant(constant: Constant, fail: Fail): void {
  checkShape(constant.dims, fail);
  if (constant.data.length !== elementCount(constant.dims)) {
    fail(`[${constant.dims.join(", ")}] does not hold ${constant.data.length} elements`);
  }
}

/** One bias for each output. */
export function checkBias(bias: Float32Array | undefined, outputs: number, fail: Fail): void {
  if (bias && bias.length !== outputs) fail(`${bias.length} biases for ${outputs} channels`);
}

/** Extents that arithmetic can be trusted with. */
export function checkWindow(
  size: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
  pads: readonly number[],
  fail: Fail,
): void {
  for (const value of [...size, ...strides, ...dilations]) {
    if (!inRange(value, 1, MAX_EXTENT)) fail(`impossible kernel, stride or dilation ${value}`);
  }
  for (const value of pads) if (!inRange(value, 0, MAX_EXTENT)) fail(`impossible padding ${value}`);
}

/** Axes of a tensor, ascending. */
export function checkAxes(axes: readonly number[], shape: Shape, fail: Fail): void {
  for (const [i, axis] of axes.entries()) {
    if (!inRange(axis, 0, shape.length - 1) || axis <= (axes[i - 1] ?? -1)) {
      fail(`[${axes.join(", ")}] are not axes of [${shape.join(", ")}]`);
    }
  }
}

/** Whether a number is whole and within bounds, both included. */
export function inRange(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** What to say of two shapes that clash. */
export function mismatch(a: Shape, b: Shape): string {
  return `[${a.join(", ")}] and [${b.join(", ")}] do not fit together`;
}
