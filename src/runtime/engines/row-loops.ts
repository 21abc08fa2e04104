/**
 * The innermost loops of resizing, which an engine may have faster than JavaScript has them.
 *
 * @module
 */

/** One way of a resize of which every output position has as many taps. */
export interface EvenAxis {
  readonly taps: number;
  /** First input position of each output position, counted from that of the source. */
  readonly starts: Int32Array;
  /** `taps` weights for each output position, of 22 bits (Pillow's `PRECISION_BITS`). */
  readonly weights: Int32Array;
}

/** Resizes a row of RGB. `target` takes 3 bytes for each output position. */
export type ResizeRow = (source: Uint8Array, target: Uint8Array) => void;

/** Rows that {@link RowLoops.combine} takes, and taps that {@link RowLoops.resizeBy4} takes. */
export const LOOP_TAPS = 4;

/** The loops, and room for the rows that they work on. */
export interface RowLoops {
  /** Room for a row, zeros at first. Rows that the loops write are of no other origin. */
  row(bytes: number): Uint8Array;
  /** Makes the pass along a row, for an axis of {@link LOOP_TAPS} taps or fewer. Its source may be any row, its target is one of {@link row}. */
  resizeBy4(axis: EvenAxis): ResizeRow;
  /** Sums four rows of equal length, byte by byte, with a weight for each: the pass down. All are of {@link row}. */
  combine(rows: readonly Uint8Array[], weights: Int32Array, target: Uint8Array): void;
}

/**
 * Makes loops for one picture; those of the picture before must not be used any more.
 *
 * @param columns pixels of the longest row, before or after resizing
 * @returns nothing, where rows are too long for the engine
 */
export type MakeRowLoops = (columns: number) => RowLoops | undefined;
