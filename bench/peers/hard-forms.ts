/**
 * Hard-sigmoid and hard-swish in operators that XNNPACK has: of integers it knows neither, and what it does not know TensorFlow Lite runs without SIMD
 * (all of mobilenet_v3_large in int8 takes 1.5 times as long with HARD_SWISH).
 *
 * @module
 */

import { addOperator, addScalar, type Draft, shapeOf } from "./draft.ts";
import { ACTIVATION, activated, OPTIONS } from "./options.ts";

/** Of -1/2 to 1/2, and of 0 to 1, in 8 bits. */
const AROUND_ZERO = { scales: [1 / 255], zeroPoints: [0] };
const TO_ONE = { scales: [1 / 255], zeroPoints: [-128] };

/** torchvision's: `relu6(x + 3) / 6`. Integers are clipped by the range of `x / 6`, which rounds once instead of twice. */
export function hardSigmoid(draft: Draft, x: string, y: string): void {
  const shape = shapeOf(draft, x);
  const sixth = addScalar(draft, `${y}.sixth`, 1 / 6, x);
  const between = `${y}.between`;
  if (draft.quantized.has(x)) {
    draft.quantized.set(between, AROUND_ZERO);
    const half = addScalar(draft, `${y}.half`, 1 / 2, x);
    addOperator(draft, "MUL", [x, sixth], between, shape, activated(OPTIONS.mul));
    addOperator(draft, "ADD", [between, half], y, shape, activated(OPTIONS.add));
    return;
  }
  const three = addScalar(draft, `${y}.three`, 3, x);
  addOperator(draft, "ADD", [x, three], between, shape, activated(OPTIONS.add, ACTIVATION.RELU6));
  addOperator(draft, "MUL", [between, sixth], y, shape, activated(OPTIONS.mul));
}

/** `x * hardSigmoid(x)`. */
export function hardSwish(draft: Draft, x: string, y: string): void {
  const shape = shapeOf(draft, x);
  if (!draft.quantized.has(x)) {
    addOperator(draft, "HARD_SWISH", [x], y, shape);
    return;
  }
  const gate = `${y}.gate`;
  draft.quantized.set(gate, TO_ONE);
  hardSigmoid(draft, x, gate);
  addOperator(draft, "MUL", [x, gate], y, shape, activated(OPTIONS.mul));
}
