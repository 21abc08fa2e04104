/**
 * Anchors, as torchvision's `AnchorGenerator` lays them (torchvision/models/detection/anchor_utils.py).
 *
 * @module
 */
import type { Size } from "../../preprocess/size.ts";

/** Rounds halves to the even neighbour, as `torch.round` does. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * The anchors of one grid cell, centred on zero: `[ratios * sizes, 4]`, ratio by ratio (`generate_anchors`).
 * An aspect ratio is height over width. Every step is rounded to float32, as torch computes.
 *
 * @example
 * cellAnchors([32], [1]); // [-16, -16, 16, 16]
 */
export function cellAnchors(sizes: readonly number[], aspectRatios: readonly number[]): Float32Array {
  const anchors = new Float32Array(aspectRatios.length * sizes.length * 4);
  let at = 0;
  for (const ratio of aspectRatios) {
    const heightRatio = Math.fround(Math.sqrt(Math.fround(ratio)));
    const widthRatio = Math.fround(1 / heightRatio);
    for (const size of sizes) {
      const halfWidth = roundHalfToEven(Math.fround(widthRatio * size) / 2);
      const halfHeight = roundHalfToEven(Math.fround(heightRatio * size) / 2);
      anchors.set([-halfWidth, -halfHeight, halfWidth, halfHeight], at);
      at += 4;
    }
  }
  return anchors;
}

/** The anchors of one feature level: the cell's, repeated at every position of the grid. */
export interface AnchorGrid {
  /** `[A, 4]`, see {@link cellAnchors}. */
  readonly cell: Float32Array;
  /** Positions in a row of the feature map. */
  readonly width: number;
  /** Distance of neighbours, in pixels of the input. */
  readonly strideX: number;
  readonly strideY: number;
}

/**
 * The grid of a feature map of size `feature` over an input of size `input` (padding included).
 * Strides are whole numbers: `image_size // feature_size`.
 */
export function anchorGrid(cell: Float32Array, feature: Size, input: Size): AnchorGrid {
  return {
    cell,
    width: feature.width,
    strideX: Math.floor(input.width / feature.width),
    strideY: Math.floor(input.height / feature.height),
  };
}

/**
 * Anchors by number: `[indices, 4]`, in pixels of the input. They are numbered row by row, position by position, anchor by anchor;
 * only those asked for are made, as a level of an 800-pixel input has 16,000.
 */
export function anchorsAt(grid: AnchorGrid, indices: Uint32Array): Float32Array {
  const { cell, width, strideX, strideY } = grid;
  const perPosition = cell.length / 4;
  const anchors = new Float32Array(indices.length * 4);
  for (let i = 0; i < indices.length; i++) {
    const position = Math.floor(indices[i] / perPosition);
    const c = (indices[i] - position * perPosition) * 4;
    const x = (position % width) * strideX;
    const y = Math.floor(position / width) * strideY;
    anchors[i * 4] = x + cell[c];
    anchors[i * 4 + 1] = y + cell[c + 1];
    anchors[i * 4 + 2] = x + cell[c + 2];
    anchors[i * 4 + 3] = y + cell[c + 3];
  }
  return anchors;
}
