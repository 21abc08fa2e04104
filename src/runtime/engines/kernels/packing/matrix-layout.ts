/**
 * Where the weights of an integer matrix lie in the form that `gemmQ8` and `convQ8` read (src/kernels/q8-tiles.ts).
 *
 * @module
 */
import { CHANNEL_BLOCK_Q8 } from "../module-q8.ts";

/** Bytes of a packed matrix before its tiles. */
export const MATRIX_HEADER = 64;
/** Bytes of a tile before its first tap: scales, biases. */
export const TILE_HEADER = 64;
/** Bytes of a tap before its weights: corrections, extra steps. */
export const TAP_HEADER = 48;
/** Columns of a tile. */
export const TILE_COLUMNS_Q8 = 8;

/** A packed layout. The source is row-major `[outputs][inputs][taps]`, or `[inputs][outputs][taps]` where `inputsFirst`. */
export interface MatrixLayout {
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  readonly inputsFirst: boolean;
  /** K of a packed tap, padded. */
  readonly k: number;
  /** K from tap to tap of the source, where all are one packed tap; else 0. */
  readonly tapK: number;
  /** Bytes from tap to tap, where they are apart; else 0. */
  readonly tapStride: number;
  /** Tiles and packed taps of a matrix. */
  readonly tiles: number;
  readonly packedTaps: number;
  readonly tapBytes: number;
  readonly tileBytes: number;
  /** Matrices that follow each other. */
  readonly matrices: number;
  /** Bytes of each, without extra steps. */
  readonly matrixBytes: number;
}

const pad = (count: number) => Math.ceil(count / CHANNEL_BLOCK_Q8) * CHANNEL_BLOCK_Q8;

/** Sizes of a matrix by those of a tap. */
function sized(tiles: number, packedTaps: number, tapBytes: number) {
  const tileBytes = TILE_HEADER + packedTaps * tapBytes;
  return { tapBytes, tileBytes, matrixBytes: MATRIX_HEADER + tiles * tileBytes };
}

/** Tiles of 8 outputs, of so many taps of `k` inputs each. */
function tiled(outputs: number, k: number, packedTaps: number) {
  const tiles = Math.ceil(outputs / TILE_COLUMNS_Q8);
  const sizes = sized(tiles, packedTaps, TAP_HEADER + TILE_COLUMNS_Q8 * pad(k));
  return { k: pad(k), tiles, packedTaps, ...sizes };
}

/** For `gemmQ8` and `convQ8`: a convolution's `[outputs][inputs][taps]`; a matrix has one tap. */
export function matrixLayout(outputs: number, inputs: number, taps = 1, inputsFirst = false): MatrixLayout {
  const sizes = tiled(outputs, inputs, taps);
  return { ...sizes, outputs, inputs, taps, inputsFirst, tapK: 0, tapStride: sizes.tapBytes, matrices: 1 };
}

/** For `unfoldQ8`'s rows: K is row, column, channel. */
export function unfoldedMatrixLayout(outputs: number, inputs: number, taps: number): MatrixLayout {
  const sizes = tiled(outputs, taps * inputs, 1);
  return { ...sizes, outputs, inputs, taps, inputsFirst: false, tapK: inputs, tapStride: 0, matrices: 1 };
}

/** For `transposed2x2Q8`: four matrices, one a tap, from `[inputs][outputs][2][2]`. */
export function transposedMatrixLayout(outputs: number, inputs: number): MatrixLayout {
  const sizes = tiled(outputs, inputs, 1);
  const tapStride = sizes.matrixBytes;
  return { ...sizes, outputs, inputs, taps: 4, inputsFirst: true, tapK: 0, tapStride, matrices: 4 };
}

/** The layout of a matrix that has the weights of another one: headers alone. */
export function headersLayout(layout: MatrixLayout): MatrixLayout {
  return { ...layout, ...sized(layout.tiles, layout.packedTaps, TAP_HEADER) };
}
