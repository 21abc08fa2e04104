/**
 * Where each weight lies in the packed form that a kernel reads (see `module.ts`). A layout is arithmetic only; `pack.ts` moves the numbers.
 *
 * @module
 */
import { CHANNEL_BLOCK, TILE_COLUMNS } from "../module.ts";

/**
 * A packed layout. The source is row-major `[outputs][inputs][taps]`, or `[inputs][outputs][taps]` where `inputsFirst`; weight
 * (o, i, t) lies at `output(o) + i · inputStride + tap(t)`. Positions are in elements of the packed array (floats, or halves
 * for fp16 storage); what no weight lands on (padding) is zero.
 */
export interface PackedLayout {
  /** Length of the packed array. */
  readonly elements: number;
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  readonly inputsFirst: boolean;
  readonly inputStride: number;
  output(o: number): number;
  tap(t: number): number;
  /** Positions of the bias of output `o`, always in floats (also where weights are halves). */
  bias(o: number): readonly number[];
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Tiles of 8 outputs: 8 biases, then `rows` rows of 8. `bias` is the length of 8 biases in elements. */
function tiled(outputs: number, rows: number, bias = TILE_COLUMNS) {
  const tile = bias + rows * TILE_COLUMNS;
  return {
    elements: Math.ceil(outputs / TILE_COLUMNS) * tile,
    column: (o: number) => Math.floor(o / TILE_COLUMNS) * tile + (o % TILE_COLUMNS),
    tile,
    bias,
  };
}

/**
 * For `gemmF32` and `convF32`: a convolution's `[outputs][inputs][taps]`, channel padding of the input as zero rows. A matrix is a convolution of
 * one tap; a fully connected layer on a flattened `[inputs][h][w]` map is one of `h · w` taps, which its channels-last map is read as.
 *
 * @param inputsFirst the source is `[inputs][outputs][taps]` (a matrix `[K][N]`)
 *
 * @example
 * ```ts
 * const layout = convLayout(1024, 256, 49); // fc6 of Faster R-CNN, K = 12544 in the order row, column, channel
 * ```
 */
export function convLayout(outputs: number, inputs: number, taps = 1, inputsFirst = false): PackedLayout {
  const padded = roundUp(inputs, CHANNEL_BLOCK);
  const { elements, column } = tiled(outputs, taps * padded);
  return {
    elements,
    outputs,
    inputs,
    taps,
    inputsFirst,
    inputStride: TILE_COLUMNS,
    output: (o) => column(o) + TILE_COLUMNS,
    tap: (t) => t * padded * TILE_COLUMNS,
    bias: (o) => [column(o)],
  };
}

/** {@link convLayout} with weights as halves, for `gemmF32W16`: positions of weights count halves, those of biases floats. */
export function convLayoutF16(outputs: number, inputs: number, taps = 1, inputsFirst = false): PackedLayout {
  const padded = roundUp(inputs, CHANNEL_BLOCK);
  const { elements, column, tile, bias } = tiled(outputs, taps * padded, 2 * TILE_COLUMNS);
  return {
    ...convLayout(outputs, inputs, taps, inputsFirst),
    elements,
    output: (o) => column(o) + bias,
    bias: (o) => [(Math.floor(o / TILE_COLUMNS) * tile) / 2 + (o % TILE_COLUMNS)],
  };
}

/** For `gemmF32` on the rows of `unfoldU8` and `unfoldPlanarF32`: K is row, column, channel without padding, zeros at the end. */
export function unfoldedLayout(outputs: number, inputs: number, taps: number): PackedLayout {
  const { elements, column } = tiled(outputs, roundUp(taps * inputs, CHANNEL_BLOCK));
  return {
    elements,
    outputs,
    inputs,
    taps,
    inputsFirst: false,
    inputStride: TILE_COLUMNS,
    output: (o) => column(o) + TILE_COLUMNS,
    tap: (t) => t * inputs * TILE_COLUMNS,
    bias: (o) => [column(o)],
  };
}

/** For `depthwiseF32`: a source `[channels][1][taps]`; blocks of four channels, 4 biases and then 4 floats a tap. */
export function depthwiseLayout(channels: number, taps: number): PackedLayout {
  const block = CHANNEL_BLOCK * (1 + taps);
  const lane = (c: number) => Math.floor(c / CHANNEL_BLOCK) * block + (c % CHANNEL_BLOCK);
  return {
    elements: Math.ceil(channels / CHANNEL_BLOCK) * block,
    outputs: channels,
    inputs: 1,
    taps,
    inputsFirst: false,
    inputStride: 0,
    output: (c) => lane(c) + CHANNEL_BLOCK,
    tap: (t) => t * CHANNEL_BLOCK,
    bias: (c) => [lane(c)],
  };
}

/** For `transposed2x2F32`: a source `[inputs][outputs][2][2]`; four matrices, each with the bias. */
export function transposed2x2Layout(outputs: number, inputs: number): PackedLayout {
  const { elements, column } = tiled(outputs, roundUp(inputs, CHANNEL_BLOCK));
  return {
    elements: 4 * elements,
    outputs,
    inputs,
    taps: 4,
    inputsFirst: true,
    inputStride: TILE_COLUMNS,
    output: (o) => column(o) + TILE_COLUMNS,
    tap: (t) => t * elements,
    bias: (o) => [0, 1, 2, 3].map((t) => t * elements + column(o)),
  };
}
