/**
 * What an integer layer does with its 32-bit sums: the activation, and the way to steps of its output.
 *
 * @module
 */
import type { Activation, ByteForm } from "./layers.ts";
import { type QuantizedOutput, REQUANT_MODE } from "./module-q8.ts";

/** The requantization of a layer's sums. */
export interface Requantization {
  readonly output: QuantizedOutput;
  /** What a sum is multiplied by: `steps` times the real number that a sum of 1 stands for. */
  readonly steps: number;
}

/** Bounds of an activation that only clamps. */
function clampOf(activation: Activation): { min: number; max: number } | undefined {
  switch (activation.kind) {
    case "none":
      return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    case "relu":
      return { min: 0, max: Number.POSITIVE_INFINITY };
    case "clip":
      return activation;
    default:
      return undefined;
  }
}

/** Bytes within bounds that are real numbers, as kernels take them: relative to the zero point, in steps. */
export function byteBounds(
  activation: Activation,
  { scale, zero }: { readonly scale: number; readonly zero: number },
): { lo: number; hi: number } {
  const { min, max } = clampOf(activation) ?? {
    min: Number.NEGATIVE_INFINITY,
    max: Number.POSITIVE_INFINITY,
  };
  const within = (real: number) => Math.min(255 - zero, Math.max(-zero, real / scale));
  return { lo: within(min), hi: within(max) };
}

/** How sums of a layer are requantized; `undefined` where the integer kernels do not know the activation. */
export function requantization(
  activation: Activation,
  { inputs, output: to, between }: ByteForm,
): Requantization | undefined {
  const [, residual] = inputs;
  const result = (output: QuantizedOutput, steps: number): Requantization => {
    if (!residual) return { output, steps };
    return { output: { ...output, residual: { zero: residual.zero, scale: residual.scale * steps } }, steps };
  };
  const clamp = clampOf(activation);
  if (!to) {
    if (!clamp) return undefined;
    return result({ mode: REQUANT_MODE.floats, lo: clamp.min, hi: clamp.max, zero: 0 }, 1);
  }
  const whole = { lo: -to.zero, hi: 255 - to.zero, zero: to.zero };
  const gain = 1 / to.scale;
  if (clamp) return result({ ...whole, ...byteBounds(activation, to), mode: REQUANT_MODE.linear }, gain);
  if (activation.kind === "hardsigmoid") {
    const { alpha, beta } = activation;
    return result({ mode: REQUANT_MODE.hardsigmoid, ...whole, gain, alpha, beta }, 1);
  }
  if (activation.kind !== "hardswish") return undefined;
  if (!between) return result({ mode: REQUANT_MODE.hardswish, ...whole, gain }, 1);
  const stepped = { step: between.scale, stepLo: -between.zero, stepHi: 255 - between.zero };
  return result({ mode: REQUANT_MODE.steppedHardswish, ...whole, gain, ...stepped }, 1 / between.scale);
}
