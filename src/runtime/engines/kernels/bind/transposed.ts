/**
 * Binds transposed convolutions to kernels.
 *
 * @module
 */
import type { ConvTransposeCall } from "../calls.ts";
import { kernelActivation } from "./activation.ts";
import { areImages, kernelImage } from "./image.ts";
import { sequence } from "./sequence.ts";
import type { Bound, Target } from "./types.ts";

/** Binds a transposed convolution 2×2; `undefined` for others. */
export function bindConvTranspose(call: ConvTransposeCall, target: Target): Bound | undefined {
  const pack = target.pack(call.weights);
  if (pack.kind !== "floats" || !pack.layout || !areImages(call.input, call.output)) return undefined;
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const w = target.weights(call.weights);
  const act = kernelActivation(call.activation);
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const a = x.at(n);
      const c = y.at(n);
      return () =>
        kernels.transposed2x2F32(
          a,
          x.row,
          x.pixel,
          c,
          y.row,
          y.pixel,
          x.height,
          x.width,
          x.padded,
          y.channels,
          w,
          act.code,
          act.lo,
          act.hi,
        );
    }),
  );
}
