/**
 * Rounding as processors, Python and ONNX do it.
 *
 * @module
 */

/** Rounds to the nearest integer, halves to the even one: `nearbyint` in C, `round` in Python, QuantizeLinear in ONNX. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The nearest that a signed integer of 32 bits holds. */
export function saturateInt32(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
}
