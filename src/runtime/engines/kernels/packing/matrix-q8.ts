/**
 * Packs integer matrices in the kernels' memory, as their weights stream in.
 *
 * @module
 */
import type { Kernels } from "../module.ts";
import { Q8_PATH, type QuantizedOutput } from "../module-q8.ts";
import {
  MATRIX_HEADER,
  type MatrixLayout,
  TAP_HEADER,
  TILE_COLUMNS_Q8,
  TILE_HEADER,
} from "./matrix-layout.ts";
import { settleOctets } from "./octets-q8.ts";
import { checkRun } from "./pack.ts";
import type { Q8Path } from "./q8.ts";
import { packedScale, REQUANT_BYTES, writeRequant } from "./requant.ts";

/** A matrix, or a dense convolution, and what becomes of its sums. */
export interface MatrixQ8 {
  readonly layout: MatrixLayout;
  /** One an output: see `QuantizedWeights`. */
  readonly scales: Float32Array;
  readonly inputZero: number;
  readonly output: QuantizedOutput;
}

/** Where a matrix is packed. */
export interface MatrixPlace {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** Its first byte, a multiple of 16. */
  readonly at: number;
}

/** Where a tap has the place and the number of its extra steps, and the place of its order. */
const EXTRA_FIELDS = [32, 36, 44];

/** Bit that turns an unsigned byte into itself less 128, in four bytes. */
const FLIP = 0x80808080;

/** Bytes of a packed matrix, all that {@link MatrixLayout.matrices} counts: extra steps are apart. */
export function packedBytes({ matrices, matrixBytes }: MatrixLayout): number {
  return matrices * matrixBytes;
}

/** Writes what is known before the weights: the requantization and the scales. Memory has to be zero before. */
export function startMatrix({ layout, scales, output }: MatrixQ8, { memory, at }: MatrixPlace): void {
  const view = new DataView(memory.buffer, at, packedBytes(layout));
  eachMatrix(layout, (matrix) => {
    writeRequant(view, matrix, output);
    for (let o = 0; o < scales.length; o++) {
      view.setFloat32(matrix + columnOf(layout, o), packedScale(scales[o] as number, output), true);
    }
  });
}

/**
 * Brings `count` weights, of which the first is element `start` of the source, from byte `from` of the memory to their places.
 *
 * @throws {RangeError} when the run leaves the source
 */
export function packPiece(
  { layout }: MatrixQ8,
  start: number,
  count: number,
  from: number,
  place: MatrixPlace,
): void {
  checkRun(layout, start, count);
  const { taps, inputs, outputs, inputsFirst, tapK, tapStride, tileBytes } = layout;
  place.kernels.packQ8(
    from,
    count,
    start,
    place.at + MATRIX_HEADER + TILE_HEADER + TAP_HEADER,
    taps,
    inputsFirst ? outputs : inputs,
    inputsFirst ? 0 : 1,
    tapK,
    tapStride,
    tileBytes,
  );
}

/** Adds biases in their places, where corrections may be already: `values`, from that of output `start` on. */
export function putBiases(
  { layout }: MatrixQ8,
  start: number,
  values: ArrayLike<number>,
  { memory, at }: MatrixPlace,
): void {
  checkRun({ outputs: layout.outputs, inputs: 1, taps: 1 }, start, values.length);
  const view = new DataView(memory.buffer, at, packedBytes(layout));
  eachMatrix(layout, (matrix) => {
    for (let i = 0; i < values.length; i++) {
      const at = matrix + columnOf(layout, start + i) + TILE_HEADER / 2;
      view.setInt32(at, view.getInt32(at, true) + (values[i] ?? 0), true);
    }
  });
}

/**
 * Completes a matrix whose weights are all there: corrections for the input's zero point, and what its way of multiplying needs. Where octets would need
 * too many extra steps it becomes pairs, which are as exact.
 *
 * @param allocate gives so many bytes for extra steps; memory may grow
 * @param sharers started matrices of {@link headersLayout} that have its weights, with scales and a zero point of their own
 */
export function finishMatrix(
  matrix: MatrixQ8,
  path: Q8Path,
  place: MatrixPlace,
  allocate: (bytes: number) => number,
  sharers: readonly PlacedMatrix[] = [],
): void {
  const { kernels, memory } = place;
  const { layout } = matrix;
  const { k, tiles, packedTaps } = layout;
  const signed = path.code === Q8_PATH.quads && path.signed;
  const all = [{ matrix, at: place.at }, ...sharers];
  for (let i = 0; i < layout.matrices; i++) {
    const starts = all.map((one) => one.at + i * one.matrix.layout.matrixBytes);
    const [own] = starts;
    const tile = own + MATRIX_HEADER;
    const shape = [tiles, packedTaps, k] as const;
    // All before any weight is moved.
    for (const [n, one] of all.entries()) {
      const zero = one.matrix.inputZero - (signed ? 128 : 0);
      kernels.correctQ8(starts[n] + MATRIX_HEADER, ...shape, zero, tile);
    }
    const { way, extras } =
      path.code === Q8_PATH.octets
        ? settleOctets(kernels, own, layout, allocate)
        : { way: path.code, extras: own };
    if (way === Q8_PATH.pairs) kernels.pairColumnsQ8(tile, ...shape);
    const view = new DataView(memory.buffer);
    for (const [n, one] of all.entries()) {
      const at = starts[n];
      view.setInt32(at + REQUANT_BYTES, way, true);
      // Relative, modulo 2^32: they may lie before the matrix.
      view.setUint32(at + REQUANT_BYTES + 4, extras - at, true);
      view.setUint32(at + REQUANT_BYTES + 8, signed ? FLIP : 0, true);
      view.setUint32(at + REQUANT_BYTES + 12, one.matrix.layout.tileBytes, true);
      view.setUint32(at + REQUANT_BYTES + 16, one.matrix.layout.tapBytes, true);
      if (n > 0) copyExtras(view, { layout, at: own }, { layout: one.matrix.layout, at });
    }
  }
}

/** A matrix, and its first byte. */
export interface PlacedMatrix {
  readonly matrix: MatrixQ8;
  readonly at: number;
}

interface PlacedLayout {
  readonly layout: MatrixLayout;
  readonly at: number;
}

/** Copies place and number of each tap's extra steps. */
function copyExtras(view: DataView, from: PlacedLayout, to: PlacedLayout): void {
  const { tiles, packedTaps } = from.layout;
  const tapOf = ({ layout, at }: PlacedLayout, tile: number, tap: number) =>
    at + MATRIX_HEADER + tile * layout.tileBytes + TILE_HEADER + tap * layout.tapBytes;
  for (let tile = 0; tile < tiles; tile++) {
    for (let tap = 0; tap < packedTaps; tap++) {
      for (const field of EXTRA_FIELDS) {
        view.setUint32(
          tapOf(to, tile, tap) + field,
          view.getUint32(tapOf(from, tile, tap) + field, true),
          true,
        );
      }
    }
  }
}

/** Calls with the first byte of each matrix. */
function eachMatrix({ matrices, matrixBytes }: MatrixLayout, work: (matrix: number) => void): void {
  for (let i = 0; i < matrices; i++) work(i * matrixBytes);
}

/** Where an output has its scale, from its matrix on; the bias lies half a tile's header behind it. */
function columnOf({ tileBytes }: MatrixLayout, output: number): number {
  return MATRIX_HEADER + Math.floor(output / TILE_COLUMNS_Q8) * tileBytes + 4 * (output % TILE_COLUMNS_Q8);
}
