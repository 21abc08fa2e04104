/**
 * Random integer weights, packed.
 *
 * @module
 */
import { type QuantizedOutput, REQUANT_MODE } from "../../src/runtime/engines/kernels/module-q8.ts";
import { packDepthwiseQ8, type Q8Path } from "../../src/runtime/engines/kernels/packing/q8.ts";
import type { ActivationName, WeightsToPack } from "./case.ts";
import { packMatrixQ8 } from "./pack-matrix.ts";

/** Requantization with an activation: after ReLU the zero point is 0. */
function outputOf(activation: ActivationName): QuantizedOutput {
  if (activation === "relu") return { mode: REQUANT_MODE.linear, lo: 0, hi: 255, zero: 0 };
  const hardswish = activation === "hardswish";
  return {
    mode: hardswish ? REQUANT_MODE.hardswish : REQUANT_MODE.linear,
    lo: -128,
    hi: 127,
    zero: 128,
    gain: 20,
    residual: { zero: 128, scale: 0.7 },
  };
}

/** Packs weights as random networks have them: normal, and scaled so that the largest of each channel is 63. */
export function packNoise(
  build: WebAssembly.Module,
  { kind, outputs, inputs, taps, activation, quads }: WeightsToPack,
  path: Q8Path,
): Uint8Array {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const weights = new Int8Array(outputs * inputs * taps);
  for (let output = 0; output < outputs; output++) {
    const channel = Float32Array.from({ length: inputs * taps }, normal);
    const most = channel.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0);
    weights.set(
      channel.map((weight) => Math.round((63 * weight) / most)),
      output * inputs * taps,
    );
  }
  const layer = {
    outputs,
    inputs,
    taps,
    weights,
    scales: new Float32Array(outputs).fill(1e-4),
    inputZero: 128,
    output: outputOf(activation),
  };
  return kind === "matrix"
    ? packMatrixQ8(build, layer, path)
    : packDepthwiseQ8(layer, quads ? path : undefined);
}
