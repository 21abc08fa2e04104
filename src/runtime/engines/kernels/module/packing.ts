/**
 * Weights on their way from the file to their places. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** Packing of weights. */
export interface PackingKernels {
  /**
   * Packs `n` consecutive floats of weights (`packing/pack.ts` calls it): element `start` of a source `[outputs][inputs][taps]`, or
   * `[inputs][outputs][taps]` where `outputsFirst` is 0, comes first. The other numbers are those of `PackedLayout`.
   *
   * @param minor inputs, or outputs where those are not first
   */
  packWords(
    x: number,
    n: number,
    start: number,
    y: number,
    taps: number,
    minor: number,
    outputsFirst: number,
    inputStride: number,
    tapStride: number,
    group: number,
    groupStride: number,
    offset: number,
  ): void;

  /** {@link PackingKernels.packWords} for halves. */
  packHalves(
    x: number,
    n: number,
    start: number,
    y: number,
    taps: number,
    minor: number,
    outputsFirst: number,
    inputStride: number,
    tapStride: number,
    group: number,
    groupStride: number,
    offset: number,
  ): void;

  /** Widens `n` half-precision floats; exact, subnormals, infinities and NaN included. `y` may not overlap `x`. */
  widenF16(n: number, x: number, y: number): void;
}
