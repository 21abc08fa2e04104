/**
 * Packs integer matrices outside of a network.
 *
 * @module
 */
import { bindKernels, MEMORY_BASE, MIN_MEMORY_PAGES } from "../../src/runtime/engines/kernels/module.ts";
import { matrixLayout } from "../../src/runtime/engines/kernels/packing/matrix-layout.ts";
import {
  finishMatrix,
  type MatrixQ8,
  packedBytes,
  packPiece,
  putBiases,
  startMatrix,
} from "../../src/runtime/engines/kernels/packing/matrix-q8.ts";
import type { Q8Path, QuantizedWeights } from "../../src/runtime/engines/kernels/packing/q8.ts";

/** A matrix, or a dense convolution: weights `[outputs][inputs][taps]`. */
export interface MatrixToPack extends Omit<QuantizedWeights, "rows"> {
  readonly inputs: number;
}

const PAGE_BYTES = 65_536;

/** Packs a matrix with a build's kernels, in a memory of its own; what comes out may be put anywhere. Extra steps follow it. */
export function packMatrixQ8(
  build: WebAssembly.Module,
  { outputs, inputs, taps, weights, bias, ...sums }: MatrixToPack,
  path: Q8Path,
): Uint8Array {
  const matrix: MatrixQ8 = { ...sums, layout: matrixLayout(outputs, inputs, taps) };
  const bytes = packedBytes(matrix.layout);
  // Two extra steps of 36 bytes for 32 of weights are the most there can be.
  const most = MEMORY_BASE + 4 * bytes + weights.length;
  const memory = new WebAssembly.Memory({
    initial: MIN_MEMORY_PAGES + Math.ceil((most + weights.length) / PAGE_BYTES),
  });
  const place = { ...bindKernels(build, memory), memory, at: MEMORY_BASE };
  const from = most;
  startMatrix(matrix, place);
  new Int8Array(memory.buffer).set(weights, from);
  packPiece(matrix, 0, weights.length, from, place);
  if (bias) putBiases(matrix, 0, bias, place);
  let end = MEMORY_BASE + bytes;
  finishMatrix(matrix, path, place, (size) => {
    const at = end;
    end += size;
    return at;
  });
  return new Uint8Array(memory.buffer, MEMORY_BASE, end - MEMORY_BASE);
}
