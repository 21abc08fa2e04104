/**
 * Activations as kernels know them.
 *
 * @module
 */
import type { Activation } from "../layers.ts";
import { ACTIVATION, type ActivationCode } from "../module.ts";

/** An activation's code and its two parameters. */
export interface KernelActivation {
  readonly code: ActivationCode;
  readonly lo: number;
  readonly hi: number;
}

/** The kernels' form of an activation. */
export function kernelActivation(activation: Activation): KernelActivation {
  const { kind } = activation;
  switch (kind) {
    case "relu":
      return { code: ACTIVATION.clamp, lo: 0, hi: Number.POSITIVE_INFINITY };
    case "clip":
      return { code: ACTIVATION.clamp, lo: activation.min, hi: activation.max };
    case "hardsigmoid":
      return { code: ACTIVATION.hardsigmoid, lo: activation.alpha, hi: activation.beta };
    case "leaky":
      return { code: ACTIVATION.leaky, lo: activation.alpha, hi: 0 };
    default:
      return { code: ACTIVATION[kind], lo: 0, hi: 0 };
  }
}
