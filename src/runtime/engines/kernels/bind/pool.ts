/**
 * Binds pooling and squeeze-and-excitation to kernels.
 *
 * @module
 */
import type { GlobalPoolCall, PoolCall, SqueezeCall } from "../calls.ts";
import { padChannels } from "../views.ts";
import { kernelActivation } from "./activation.ts";
import { areImages, type KernelImage, kernelImage } from "./image.ts";
import { sequence } from "./sequence.ts";
import type { Bound, Target } from "./types.ts";

/** Whether a window reaches beyond the padding, as `ceil_mode` lets it. */
function overhangs({ window, input, output }: PoolCall): boolean {
  return ([0, 1] as const).some((axis) => {
    const size = (input.dims[2 + axis] ?? 1) + window.pads[axis] + window.pads[axis + 2];
    return ((output.dims[2 + axis] ?? 1) - 1) * window.stride[axis] + window.kernel[axis] > size;
  });
}

/** Binds pooling; `undefined` for what the kernels do otherwise (dilation, averages that count padding beyond the edge). */
export function bindPool(call: PoolCall, target: Target): Bound | undefined {
  const { kernel, stride, dilation, pads } = call.window;
  if (!areImages(call.input, call.output) || dilation.join() !== "1,1") return undefined;
  if (call.mode === "average" && call.countPad && overhangs(call)) return undefined;
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const [from, to] = call.rows;
  const countPad = call.countPad ? 1 : 0;
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const a = x.at(n);
      const c = y.at(n) + from * y.row;
      if (call.mode === "average") {
        return () =>
          kernels.averagePoolF32(
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
            kernel[0],
            kernel[1],
            stride[0],
            stride[1],
            pads[0],
            pads[1],
            countPad,
          );
      }
      return () =>
        kernels.maxPoolF32(
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
          kernel[0],
          kernel[1],
          stride[0],
          stride[1],
          pads[0],
          pads[1],
        );
    }),
  );
}

/** The mean of each channel of an image, into a vector. */
function mean(x: KernelImage, n: number, to: number, { kernels }: Target): Bound {
  const pixels = x.height * x.width;
  const at = x.at(n);
  if (x.row === x.width * x.pixel) {
    return () => kernels.sumPixelsF32(pixels, x.padded, at, x.pixel, to, 0, 1 / pixels);
  }
  return () => {
    for (let i = 0; i < x.height; i++) {
      const scale = i === x.height - 1 ? 1 / pixels : 1;
      kernels.sumPixelsF32(x.width, x.padded, at + i * x.row, x.pixel, to, i === 0 ? 0 : 1, scale);
    }
  };
}

export function bindGlobalPool(call: GlobalPoolCall, target: Target): Bound | undefined {
  if (!areImages(call.input)) return undefined;
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  return sequence(
    Array.from({ length: x.batch }, (_, n) => {
      const to = y.at(n);
      if (call.mode === "average") return mean(x, n, to, target);
      const at = x.at(n);
      // One window over the whole image.
      return () =>
        kernels.maxPoolF32(
          at,
          x.row,
          x.pixel,
          x.height,
          x.width,
          to,
          y.row,
          y.pixel,
          0,
          1,
          1,
          x.padded,
          x.height,
          x.width,
          1,
          1,
          0,
          0,
        );
    }),
  );
}

/** Binds the gate of a squeeze-and-excitation block: mean, and two products of one row. */
export function bindSqueeze(call: SqueezeCall, target: Target): Bound {
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const [channels, squeezed, out] = call.channels.map((channels) => padChannels(channels));
  const means = target.address(call.scratch);
  const middle = means + (call.scratch.strides[0] ?? 0) * 4;
  const [w1, w2] = call.weights.map((index) => target.weights(index));
  const [a1, a2] = call.activations.map(kernelActivation);
  return sequence(
    Array.from({ length: x.batch }, (_, n) => {
      const pool = mean(x, n, means, target);
      const gate = y.at(n);
      return () => {
        pool();
        kernels.gemmF32(1, squeezed, channels, means, 0, w1, middle, 0, 0, 0, a1.code, a1.lo, a1.hi);
        kernels.gemmF32(1, out, squeezed, middle, 0, w2, gate, 0, 0, 0, a2.code, a2.lo, a2.hi);
      };
    }),
  );
}
