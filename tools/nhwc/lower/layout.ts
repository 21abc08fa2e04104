/**
 * Layout assignment: every picture is channels-last in the sources and channels-first in ONNX; all else stays as it is.
 *
 * The choice belongs to the tensor's rank, not to the operator, so no node needs a transposition around it. Only where elements are
 * counted across the change (a picture reshaped to something else, or the other way round) is one put in.
 *
 * @module
 */
import { permute } from "../evaluate.ts";
import type { Constant, Shape } from "../graph.ts";

/** Channels-first axis i is channels-last axis `TO_FIRST[i]`. */
export const TO_FIRST = [0, 3, 1, 2] as const;
/** Channels-last axis i is channels-first axis `TO_LAST[i]`. */
export const TO_LAST = [0, 2, 3, 1] as const;

/** Whether a tensor is a picture, whose layout changes. */
export function isPicture(shape: Shape): boolean {
  return shape.length === 4;
}

/** Dimensions as ONNX has them. */
export function onnxShape(shape: Shape): Shape {
  return isPicture(shape) ? TO_FIRST.map((axis) => shape[axis]) : shape;
}

/** An axis as ONNX counts it. */
export function onnxAxis(axis: number, rank: number): number {
  return rank === 4 ? TO_LAST[axis] : axis;
}

/** What belongs to each axis, in ONNX's order. */
export function onnxOrder<T>(perAxis: readonly T[]): readonly T[] {
  return perAxis.length === 4 ? TO_FIRST.map((axis) => perAxis[axis]) : perAxis;
}

/** Whether the elements lie in the same order in either layout: one pixel, or one channel. */
export function isOrderFree(shape: Shape): boolean {
  return !isPicture(shape) || shape[3] === 1 || shape[1] * shape[2] === 1;
}

/** A constant that is broadcast to a tensor of `rank` dimensions, in ONNX's layout. */
export function onnxConstant(constant: Constant, rank: number): Constant {
  if (rank !== 4 || constant.dims.length === 0) return constant;
  const dims = [...new Array<number>(4 - constant.dims.length).fill(1), ...constant.dims];
  const first = TO_FIRST.map((axis) => dims[axis]);
  if (isOrderFree(dims)) return { dims: first, data: constant.data };
  const data = new Float32Array(constant.data.length);
  permute(constant.data, dims, TO_FIRST, data);
  return { dims: first, data };
}
