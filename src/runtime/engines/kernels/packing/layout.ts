/**
 * Where each weight lies in the packed form that a kernel reads (see `module.ts`). A layout is numbers only; `pack.ts` moves the weights.
 *
 * @module
 */
import { CHANNEL_BLOCK, TILE_COLUMNS } from "../module.ts";

/**
 * A packed layout. The source is row-major `[outputs][inputs][taps]`, or `[inputs][outputs][taps]` where `inputsFirst`; weight (o, i, t) lies at
 * `floor(o / group) · groupStride + o mod group + offset + i · inputStride + t · tapStride`. Positions are in elements of the packed array (floats, or halves
 * for fp16 storage); what no weight lands on (padding) is zero.
 */
export interface PackedLayout {
  /** Length of the packed array. */
  readonly elements: number;
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  readonly inputsFirst: boolean;
  /** Outputs that lie next to each other: 8 columns of a tile, 4 channels of a depthwise block. */
  readonly group: number;
  readonly groupStride: number;
  readonly offset: number;
  readonly inputStride: number;
  readonly tapStride: number;
  /** Positions of the bias of output `o`, always in floats (also where weights are halves). */
  bias(o: number): readonly number[];
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Tiles of 8 outputs: 8 biases, then `rows` rows of 8. */
function tiled(outputs: number, rows: number) {
  const groupStride = TILE_COLUMNS * (1 + rows);
  return {
    elements: Math.ceil(outputs / TILE_COLUMNS) * groupStride,
    group: TILE_COLUMNS,
    groupStride,
    offset: TILE_COLUMNS,
    inputStride: TILE_COLUMNS,
    bias: (o: number) => [Math.floor(o / TILE_COLUMNS) * groupStride + (o % TILE_COLUMNS)],
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
  return {
    ...tiled(outputs, taps * padded),
    outputs,
    inputs,
    taps,
    inputsFirst,
    tapStride: padded * TILE_COLUMNS,
  };
}

/** {@link convLayout} with weights as halves, for `gemmF32W16`: positions of weights count halves, those of biases floats. */
export function convLayoutF16(outputs: number, inputs: number, taps = 1, inputsFirst = false): PackedLayout {
  const floats = convLayout(outputs, inputs, taps, inputsFirst);
  // The 8 biases stay floats, and so take the room of 16 halves.
  const groupStride = floats.groupStride + TILE_COLUMNS;
  return {
    ...floats,
    elements: (floats.elements / floats.groupStride) * groupStride,
    groupStride,
    offset: 2 * TILE_COLUMNS,
    bias: (o) => [(Math.floor(o / TILE_COLUMNS) * groupStride) / 2 + (o % TILE_COLUMNS)],
  };
}

/** For `stemF32`: K is row, column, channel without padding, zeros at the end. */
export function unfoldedLayout(outputs: number, inputs: number, taps: number): PackedLayout {
  return {
    ...tiled(outputs, roundUp(taps * inputs, CHANNEL_BLOCK)),
    outputs,
    inputs,
    taps,
    inputsFirst: false,
    tapStride: inputs * TILE_COLUMNS,
  };
}

/** For `depthwiseF32`: a source `[channels][1][taps]`; blocks of four channels, 4 biases and then 4 floats a tap. */
export function depthwiseLayout(channels: number, taps: number): PackedLayout {
  const groupStride = CHANNEL_BLOCK * (1 + taps);
  return {
    elements: Math.ceil(channels / CHANNEL_BLOCK) * groupStride,
    outputs: channels,
    inputs: 1,
    taps,
    inputsFirst: false,
    group: CHANNEL_BLOCK,
    groupStride,
    offset: CHANNEL_BLOCK,
    inputStride: 0,
    tapStride: CHANNEL_BLOCK,
    bias: (c) => [Math.floor(c / CHANNEL_BLOCK) * groupStride + (c % CHANNEL_BLOCK)],
  };
}

/**
 * For `transposed2x2F32`: a source `[inputs][outputs][2][2]`; four matrices, each with the bias. Of a single output, one matrix whose columns are the taps.
 */
export function transposed2x2Layout(outputs: number, inputs: number): PackedLayout {
  const rows = roundUp(inputs, CHANNEL_BLOCK);
  const source = { outputs, inputs, taps: 4, inputsFirst: true };
  if (outputs === 1) return { ...tiled(4, rows), ...source, tapStride: 1, bias: () => [0, 1, 2, 3] };
  const matrix = tiled(outputs, rows);
  return {
    ...matrix,
    ...source,
    elements: 4 * matrix.elements,
    tapStride: matrix.elements,
    bias: (o) => [0, 1, 2, 3].map((t) => t * matrix.elements + (matrix.bias(o)[0] ?? 0)),
  };
}
