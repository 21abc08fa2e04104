/**
 * Binds matrix products to kernels.
 *
 * @module
 */
import type { GemmCall } from "../calls.ts";
import { kernelActivation } from "./activation.ts";
import { kernelImage } from "./image.ts";
import type { Bound, Target } from "./types.ts";

/** Binds a matrix product. */
export function bindGemm(call: GemmCall, target: Target): Bound {
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const w = target.weights(call.weights);
  const a = x.at(0);
  const c = y.at(0);
  const scratch = target.address(call.scratch);
  const act = kernelActivation(call.activation);
  const pack = target.pack(call.weights);
  return pack.kind === "floats" && pack.half
    ? () =>
        kernels.gemmF32W16(
          x.batch,
          y.padded,
          x.padded,
          a,
          x.pixel,
          w,
          c,
          y.pixel,
          0,
          0,
          act.code,
          act.lo,
          act.hi,
          scratch,
        )
    : () =>
        kernels.gemmF32(
          x.batch,
          y.padded,
          x.padded,
          a,
          x.pixel,
          w,
          c,
          y.pixel,
          0,
          0,
          act.code,
          act.lo,
          act.hi,
        );
}
