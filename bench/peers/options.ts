/**
 * Operators' options by the numbers of TensorFlow Lite's schema.
 *
 * @module
 */
import type { OptionsSpec } from "../../tools/tflite/write.ts";

/** `Padding`. */
export const PADDING = { SAME: { int8: 0 }, VALID: { int8: 1 } } as const;

/** `ActivationFunctionType`. */
export const ACTIVATION = { NONE: { int8: 0 }, RELU: { int8: 1 }, RELU6: { int8: 3 } } as const;
export type Activation = (typeof ACTIVATION)[keyof typeof ACTIVATION];

/** The union `BuiltinOptions`. */
export const OPTIONS = { conv: 1, depthwise: 2, fullyConnected: 8, add: 11, mul: 21, reducer: 27 } as const;

/** Options whose first field is the activation. */
export function activated(type: number, activation: Activation = ACTIVATION.NONE): OptionsSpec {
  return { type, fields: { 0: activation } };
}
