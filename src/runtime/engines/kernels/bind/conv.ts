/**
 * Binds convolutions to kernels.
 *
 * @module
 */
import type { ConvCall } from "../calls.ts";
import { kernelActivation } from "./activation.ts";
import { areImages, kernelImage } from "./image.ts";
import { sequence } from "./sequence.ts";
import type { Bound, Target } from "./types.ts";

/** A pointwise convolution: pixels are rows of a matrix. */
function bindPointwise(call: ConvCall, target: Target): Bound {
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const r = call.residual && kernelImage(call.residual, target);
  const w = target.weights(call.weights);
  const [from, to] = call.rows;
  // Rows that follow each other without a gap are one matrix.
  const joined = [x, y, r].every((image) => !image || image.row === image.width * image.pixel);
  const [runs, m] = joined ? [1, (to - from) * y.width] : [to - from, y.width];
  const act = kernelActivation(call.activation);
  const parts: Bound[] = [];
  for (let n = 0; n < y.batch; n++) {
    for (let i = 0; i < runs; i++) {
      const a = x.at(n) + (from + i) * x.row;
      const c = y.at(n) + (from + i) * y.row;
      const res = r ? r.at(n) + (from + i) * r.row : 0;
      const ldr = r ? r.pixel : 0;
      parts.push(() =>
        kernels.gemmF32(m, y.padded, x.padded, a, x.pixel, w, c, y.pixel, res, ldr, act.code, act.lo, act.hi),
      );
    }
  }
  return sequence(parts);
}

function bindDepthwise(call: ConvCall, target: Target): Bound {
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const w = target.weights(call.weights);
  const [from, to] = call.rows;
  const { kernel, stride, dilation, pads } = call.window;
  const act = kernelActivation(call.activation);
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const a = x.at(n);
      const c = y.at(n) + from * y.row;
      return () =>
        kernels.depthwiseF32(
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
          w,
          kernel[0],
          kernel[1],
          stride[0],
          stride[1],
          dilation[0],
          dilation[1],
          pads[0],
          pads[1],
          act.code,
          act.lo,
          act.hi,
        );
    }),
  );
}

function bindDense(call: ConvCall, target: Target): Bound {
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const r = call.residual && kernelImage(call.residual, target);
  const w = target.weights(call.weights);
  const [from, to] = call.rows;
  const { kernel, stride, dilation, pads } = call.window;
  const act = kernelActivation(call.activation);
  const scratch = call.scratch && target.address(call.scratch);
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const a = x.at(n);
      const c = y.at(n) + from * y.row;
      const res = r ? r.at(n) + from * r.row : 0;
      if (scratch) {
        return () =>
          kernels.convWinogradF32(
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
            x.padded,
            y.padded,
            w,
            pads[0],
            pads[1],
            res,
            act.code,
            act.lo,
            act.hi,
            scratch,
          );
      }
      return () =>
        kernels.convF32(
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
          x.padded,
          y.padded,
          w,
          kernel[0],
          kernel[1],
          stride[0],
          stride[1],
          dilation[0],
          dilation[1],
          pads[0],
          pads[1],
          res,
          act.code,
          act.lo,
          act.hi,
        );
    }),
  );
}

/** Binds a convolution; `undefined` when no kernel takes it. */
export function bindConv(call: ConvCall, target: Target): Bound | undefined {
  if (!areImages(call.input, call.output, call.residual)) return undefined;
  switch (call.kind) {
    case "pointwise":
      return bindPointwise(call, target);
    case "depthwise":
      return bindDepthwise(call, target);
    case "dense":
      return bindDense(call, target);
    case "grouped":
      return undefined;
  }
}
