/**
 * The requantization at the head of all packed integer weights.
 *
 * @module
 */
import { type QuantizedOutput, REQUANT_MODE } from "../module-q8.ts";
import { stepFactor } from "./stepped.ts";

/** Bytes that it takes. */
export const REQUANT_BYTES = 44;

/**
 * Factor by which x is scaled before its activation, so that few instructions do it: hard-swish is u·x · clamp(u·x + 3u, 0, 6u) for u² = gain / 6;
 * hard-sigmoid takes its slope and gain before the clamp.
 */
function unit({ mode, gain = 0, alpha = 0 }: QuantizedOutput): number {
  if (mode === REQUANT_MODE.hardsigmoid) return alpha * gain;
  return mode === REQUANT_MODE.linear || mode === REQUANT_MODE.floats ? 1 : Math.sqrt(gain / 6);
}

/** What the scale of a channel becomes; a stepped output is scaled by its step instead, after rounding. */
export function packedScale(scale: number, output: QuantizedOutput): number {
  return output.mode === REQUANT_MODE.steppedHardswish ? scale : scale * unit(output);
}

/** Writes {@link REQUANT_BYTES} bytes, from byte `at` of a view on (`setRequant` in src/kernels/q8-requant.ts reads them). */
export function writeRequant(view: DataView, at: number, output: QuantizedOutput): void {
  const u = unit(output);
  const sigmoid = output.mode === REQUANT_MODE.hardsigmoid;
  const gain = output.gain ?? 0;
  view.setInt32(at, output.mode, true);
  view.setFloat32(at + 4, output.lo, true);
  view.setFloat32(at + 8, output.hi, true);
  view.setInt32(at + 12, output.zero, true);
  view.setFloat32(at + 16, sigmoid ? (output.beta ?? 0) * gain : 3 * u, true);
  view.setFloat32(at + 20, sigmoid ? gain : 6 * u, true);
  const stepped = output.mode === REQUANT_MODE.steppedHardswish;
  view.setFloat32(at + 24, stepped ? stepFactor(output, u) : 0, true);
  view.setFloat32(at + 28, output.stepLo ?? 0, true);
  view.setFloat32(at + 32, output.stepHi ?? 0, true);
  view.setInt32(at + 36, output.residual?.zero ?? 0, true);
  view.setFloat32(at + 40, packedScale(output.residual?.scale ?? 0, output), true);
}
