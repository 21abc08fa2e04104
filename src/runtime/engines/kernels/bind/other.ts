/**
 * Binds resizing and softmax to kernels.
 *
 * @module
 */
import type { ResizeCall, SoftmaxCall } from "../calls.ts";
import { isFloored } from "../infer/resize.ts";
import { imageShape, isImage } from "../views.ts";
import { areImages, kernelImage } from "./image.ts";
import { sequence } from "./sequence.ts";
import type { Bound, Target } from "./types.ts";

/** How the kernels place output positions on the input: `(o + shift) * scale - shift`, or floored without the last term. */
export interface Sampling {
  readonly scale: readonly [number, number];
  readonly shift: number;
}

export function samplingOf({ spec, input }: ResizeCall): Sampling | undefined {
  const { height, width } = imageShape(input);
  // Where sizes were given, their ratio, not the reciprocal of its reciprocal: 14/4 must stay 3.5.
  const reciprocal = (length: number, axis: 0 | 1) =>
    spec.scale[axis] === spec.size[axis] / length ? length / spec.size[axis] : 1 / spec.scale[axis];
  const inverse: readonly [number, number] = [reciprocal(height, 0), reciprocal(width, 1)];
  switch (spec.coordinates) {
    case "half_pixel":
      return { scale: inverse, shift: 0.5 };
    case "pytorch_half_pixel":
      return spec.size[0] > 1 && spec.size[1] > 1 ? { scale: inverse, shift: 0.5 } : undefined;
    case "asymmetric":
      return { scale: inverse, shift: 0 };
    case "align_corners": {
      const step = (from: number, to: number) => (to > 1 ? (from - 1) / (to - 1) : 0);
      return { scale: [step(height, spec.size[0]), step(width, spec.size[1])], shift: 0 };
    }
  }
}

/** Binds a resize; `undefined` for the rarer ways to pick a neighbour. */
export function bindResize(call: ResizeCall, target: Target): Bound | undefined {
  const sampling = samplingOf(call);
  const { spec } = call;
  if (!sampling || !areImages(call.input, call.output)) return undefined;
  if (spec.mode === "nearest" && !isFloored(spec)) return undefined;
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const [from, to] = call.rows;
  const {
    scale: [scaleY, scaleX],
    shift,
  } = sampling;
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const a = x.at(n);
      const c = y.at(n) + from * y.row;
      if (spec.mode === "linear") {
        return () =>
          kernels.resizeBilinearF32(
            a,
            x.row,
            x.pixel,
            x.height,
            x.width,
            c,
            y.row,
            y.pixel,
            from,
            to,
            y.width,
            y.padded,
            scaleY,
            scaleX,
            shift,
          );
      }
      return () =>
        kernels.resizeNearestF32(
          a,
          x.row,
          x.pixel,
          x.height,
          x.width,
          c,
          y.row,
          y.pixel,
          from,
          to,
          y.width,
          y.padded,
          scaleY,
          scaleX,
          shift,
          0,
        );
    }),
  );
}

/** Binds a softmax over channels, or over the last axis of a matrix. */
export function bindSoftmax(call: SoftmaxCall, target: Target): Bound | undefined {
  const { input, output, axis } = call;
  const matrix = input.dims.length === 2 && input.strides[1] === 1 && output.strides[1] === 1;
  if (axis !== 1 || !(matrix || (isImage(input) && isImage(output)))) return undefined;
  const { kernels } = target;
  const x = kernelImage(input, target);
  const y = kernelImage(output, target);
  return sequence(
    Array.from({ length: x.batch * x.height }, (_, i) => {
      const n = Math.floor(i / x.height);
      const row = i % x.height;
      const from = x.at(n) + row * x.row;
      const to = y.at(n) + row * y.row;
      return () => kernels.softmaxF32(x.width, x.channels, from, x.pixel, to, y.pixel);
    }),
  );
}
