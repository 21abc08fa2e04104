/**
 * Activations as functions of numbers.
 *
 * @module
 */
import type { Activation } from "../layers.ts";

const clamp = (x: number, min: number, max: number) => Math.min(Math.max(x, min), max);

/** The function that an activation stands for. */
export function activationFunction(activation: Activation): (x: number) => number {
  switch (activation.kind) {
    case "none":
      return (x) => x;
    case "relu":
      return (x) => Math.max(x, 0);
    case "clip":
      return (x) => clamp(x, activation.min, activation.max);
    case "hardswish":
      return (x) => x * clamp(x / 6 + 0.5, 0, 1);
    case "hardsigmoid":
      return (x) => clamp(activation.alpha * x + activation.beta, 0, 1);
    case "sigmoid":
      return (x) => 1 / (1 + Math.exp(-x));
    case "silu":
      return (x) => x / (1 + Math.exp(-x));
    case "tanh":
      return Math.tanh;
    case "exp":
      return Math.exp;
    case "leaky":
      return (x) => (x < 0 ? activation.alpha * x : x);
  }
}
