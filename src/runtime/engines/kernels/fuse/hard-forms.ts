/**
 * Recognises hard-sigmoid, hard-swish, swish and clamps that exporters wrote out in additions, clips and products.
 *
 * @module
 */
import type { Activation, ActivationLayer, BinaryLayer, Layer } from "../layers.ts";
import type { Neighbours, Rewrite } from "./rewrite.ts";

/** Rounding of constants such as 1/6 in single precision. */
const CLOSE = 1e-6;
const close = (a: number, b: number) => Math.abs(a - b) <= CLOSE * Math.max(1, Math.abs(b));

/** A layer that multiplies a value by a number, or adds one. */
interface Affine {
  readonly input: string;
  readonly scale: number;
  readonly shift: number;
}

/** Reads a layer as `scale * input + shift`. */
function affineOf(layer: Layer | undefined): Affine | undefined {
  if (layer?.kind !== "binary" || layer.activation.kind !== "none") return undefined;
  const { op, left, right } = layer;
  if ("value" in left && "scalar" in right) {
    const input = left.value;
    if (op === "Add") return { input, scale: 1, shift: right.scalar };
    if (op === "Sub") return { input, scale: 1, shift: -right.scalar };
    if (op === "Mul") return { input, scale: right.scalar, shift: 0 };
    if (op === "Div") return { input, scale: 1 / right.scalar, shift: 0 };
  }
  if ("scalar" in left && "value" in right) {
    const input = right.value;
    if (op === "Add") return { input, scale: 1, shift: left.scalar };
    if (op === "Mul") return { input, scale: left.scalar, shift: 0 };
  }
  return undefined;
}

function activated(layer: Layer, input: string, activation: Activation): ActivationLayer {
  return { kind: "activation", node: layer.node, inputs: [input], output: layer.output, activation };
}

/** `clip(x + shift, 0, max)`: what both hard forms are made of. */
function rampOf(
  value: string,
  around: Neighbours,
): { input: string; shift: number; max: number } | undefined {
  const clip = around.maker(value);
  if (clip?.kind !== "activation" || clip.activation.kind !== "clip" || clip.activation.min !== 0) {
    return undefined;
  }
  const added = affineOf(around.maker(clip.inputs[0] ?? ""));
  if (added?.scale !== 1) return undefined;
  return { input: added.input, shift: added.shift, max: clip.activation.max };
}

/** `clip(x + c, 0, m) * s` with `m s = 1` is `hardsigmoid(x; s, c s)`. */
function hardSigmoid(layer: Layer, around: Neighbours): Layer | undefined {
  const scaled = affineOf(layer);
  if (scaled?.shift !== 0) return undefined;
  const ramp = rampOf(scaled.input, around);
  if (!ramp || !close(ramp.max * scaled.scale, 1)) return undefined;
  const alpha = 1 / ramp.max;
  return activated(layer, ramp.input, { kind: "hardsigmoid", alpha, beta: ramp.shift * alpha });
}

/** The two values of a plain product. */
function product(layer: Layer | undefined): readonly [string, string] | undefined {
  if (layer?.kind !== "binary" || layer.op !== "Mul" || layer.activation.kind !== "none") return undefined;
  const { left, right } = layer;
  return "value" in left && "value" in right ? [left.value, right.value] : undefined;
}

/** `x * hardsigmoid(x)` is hard-swish, `x * sigmoid(x)` is swish. */
function swish(layer: Layer, around: Neighbours): Layer | undefined {
  const factors = product(layer);
  if (!factors) return undefined;
  for (const [x, gate] of [factors, factors.toReversed() as [string, string]]) {
    const maker = around.maker(gate);
    if (maker?.kind !== "activation" || maker.inputs[0] !== x) continue;
    const { activation } = maker;
    if (activation.kind === "sigmoid") return activated(layer, x, { kind: "silu" });
    const hard =
      activation.kind === "hardsigmoid" && close(activation.alpha, 1 / 6) && close(activation.beta, 0.5);
    if (hard) return activated(layer, x, { kind: "hardswish" });
  }
  return undefined;
}

/** `x * clip(x + 3, 0, 6) * (1/6)` in any order of its factors is hard-swish. */
function hardSwish(layer: Layer, around: Neighbours): Layer | undefined {
  const scaled = affineOf(layer);
  const whole = scaled?.shift === 0 ? product(around.maker(scaled.input)) : product(layer);
  if (!whole) return undefined;
  for (const [left, gate] of [whole, whole.toReversed() as [string, string]]) {
    const ramp = rampOf(gate, around);
    if (!ramp || !close(ramp.shift, 3) || !close(ramp.max, 6)) continue;
    const before = affineOf(around.maker(left));
    const x =
      before && before.shift === 0 && before.input === ramp.input ? before : { input: left, scale: 1 };
    const scale = x.scale * (scaled?.shift === 0 ? scaled.scale : 1);
    if (x.input === ramp.input && close(scale, 1 / 6))
      return activated(layer, x.input, { kind: "hardswish" });
  }
  return undefined;
}

/** The number that a Min or Max layer clamps a value with. */
function bound(
  layer: Layer | undefined,
  op: BinaryLayer["op"],
): { input: string; scalar: number } | undefined {
  if (layer?.kind !== "binary" || layer.op !== op || layer.activation.kind !== "none") return undefined;
  const { left, right } = layer;
  if ("value" in left && "scalar" in right) return { input: left.value, scalar: right.scalar };
  if ("scalar" in left && "value" in right) return { input: right.value, scalar: left.scalar };
  return undefined;
}

/** `min(max(x, a), b)` is a clip. */
function clamp(layer: Layer, around: Neighbours): Layer | undefined {
  const upper = bound(layer, "Min");
  if (upper) {
    const lower = bound(around.maker(upper.input), "Max");
    if (lower) {
      return activated(layer, lower.input, { kind: "clip", min: lower.scalar, max: upper.scalar });
    }
    return activated(layer, upper.input, {
      kind: "clip",
      min: Number.NEGATIVE_INFINITY,
      max: upper.scalar,
    });
  }
  const only = bound(layer, "Max");
  if (!only) return undefined;
  if (only.scalar === 0) return activated(layer, only.input, { kind: "relu" });
  return activated(layer, only.input, { kind: "clip", min: only.scalar, max: Number.POSITIVE_INFINITY });
}

/** Recognises one form; the order matters, as a hard-swish holds what a hard-sigmoid is made of. */
export const hardForms: Rewrite = (layer, around) =>
  hardSwish(layer, around) ?? hardSigmoid(layer, around) ?? swish(layer, around);

/** Recognises clamps; before the forms that are made of them. */
export const clamps: Rewrite = clamp;
