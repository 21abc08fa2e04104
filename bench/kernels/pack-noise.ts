/**
 * Random integer weights, packed.
 *
 * @module
 */
import { packDepthwiseQ8, packMatrixQ8, type Q8Path } from "../../src/runtime/engines/kernels/packing/q8.ts";
import type { WeightsToPack } from "./case.ts";

/** Packs weights of 7 bits, roughly normal, as trained ones are. */
export function packNoise({ kind, outputs, inputs, taps }: WeightsToPack, path: Q8Path): Uint8Array {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const weights = Int8Array.from({ length: outputs * inputs * taps }, () => {
    const sum = random() + random() + random() - 1.5;
    return Math.max(-63, Math.min(63, Math.round(sum * 32)));
  });
  const layer = {
    outputs,
    inputs,
    taps,
    weights,
    scales: new Float32Array(outputs).fill(1e-4),
    inputZero: 128,
    output: { mode: 0, lo: -128, hi: 127, zero: 128 },
  } as const;
  return kind === "matrix" ? packMatrixQ8(layer, path) : packDepthwiseQ8(layer);
}
