/**
 * What is timed: one call of a kernel, and the makers that turn a layer into one, for floats and for bytes.
 *
 * @module
 */
import type { Kernels } from "../../src/runtime/engines/kernels/module.ts";

/** Integer weights that the Worker packs before a call: random ones of 7 bits. */
export interface WeightsToPack {
  readonly kind: "matrix" | "depthwise";
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  /** Depthwise, with steps that there are strips by quads for. */
  readonly quads?: boolean;
  readonly activation: ActivationName;
}

/** One call of a kernel. */
export interface KernelCase {
  /** Networks' layers that look like this. */
  readonly layer: string;
  readonly kernel: keyof Kernels;
  readonly args: readonly number[];
  /** Multiply-adds, padding not counted; 0 where memory alone counts. */
  readonly macs: number;
  /** Bytes read and written, each once. */
  readonly bytes: number;
  readonly pack?: WeightsToPack;
}

/** Places in the Worker's memory, far enough apart for every case: input, weights, output, scratch. */
export const PLACES = { x: 1 << 20, w: 48 << 20, y: 112 << 20, scratch: 152 << 20 } as const;

/** Height and width. */
export type Size = readonly [number, number];

export type ActivationName = "none" | "relu" | "hardswish";

/** Turns layers into calls. Paddings keep the size, divided by the stride. */
export interface Maker {
  /** `residual`: the shortcut of an inverted residual is added. */
  pointwise(
    layer: string,
    m: number,
    n: number,
    k: number,
    activation?: ActivationName,
    residual?: boolean,
  ): KernelCase;
  depthwise(
    layer: string,
    size: Size,
    c: number,
    kernel: number,
    stride: number,
    dilation: number,
    activation: ActivationName,
  ): KernelCase;
  /** Dense 3×3, stride 1. */
  dense(
    layer: string,
    size: Size,
    cin: number,
    cout: number,
    dilation: number,
    activation: ActivationName,
  ): KernelCase;
  /** The 3×3 stem of stride 2, from RGB bytes to 16 channels. */
  stem(layer: string, size: Size): KernelCase[];
  sum(layer: string, m: number, c: number): KernelCase;
  scale(layer: string, m: number, c: number): KernelCase;
  resize(layer: string, from: Size, to: Size, c: number): KernelCase;
}

/** Taps on the map, summed over the outputs of one axis. */
export function taps(
  size: number,
  out: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): number {
  let count = 0;
  for (let o = 0; o < out; o++) {
    for (let t = 0; t < kernel; t++) {
      const i = o * stride - pad + t * dilation;
      if (i >= 0 && i < size) count++;
    }
  }
  return count;
}

/** A convolution of stride 2 halves a side, rounding up. */
export const half = (n: number) => Math.ceil(n / 2);

/** Rounds up to a multiple. */
export const roundUp = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;
