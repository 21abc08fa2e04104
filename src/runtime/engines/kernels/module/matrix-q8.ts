/**
 * Matrix products of bytes, and the packing of their weights. (Conventions: `../module-q8.ts`.)
 *
 * @module
 */

/** Matrix products of bytes. */
export interface MatrixKernelsQ8 {
  /** The fastest exact way on this processor: a `Q8_PATH`, plus 256 where quads take activations as signed. `q8Path` of `packing/q8.ts` reads it. */
  dotPathQ8(): number;

  /**
   * Brings `n` consecutive weights of 8 bits to their places (`packing/matrix-q8.ts`, whose `MatrixLayout` has the other numbers): element `start` of a
   * source `[outputs][inputs][taps]`, or `[inputs][outputs][taps]` where `outputsFirst` is 0, comes first.
   *
   * @param y the first weight of the first tile
   * @param minor inputs, or outputs where those are not first
   */
  packQ8(
    x: number,
    n: number,
    start: number,
    y: number,
    taps: number,
    minor: number,
    outputsFirst: number,
    tapK: number,
    tapStride: number,
    tileBytes: number,
  ): void;

  /**
   * Puts the corrections for the input's zero point in their places: `-zero` times the weights of a column, for each tap, as they were packed. Those of a
   * single tap are added to the biases, too.
   *
   * @param tile the first of `tiles`
   * @param from the first tile of the matrix that has the weights: its own, or that of another whose taps it points to
   */
  correctQ8(tile: number, tiles: number, taps: number, k: number, zero: number, from: number): void;

  /** 1 where no two weights that meet in a sum of 16 bits can overflow it, in a matrix of one tap. */
  fitPairsQ8(tile: number, tiles: number, k: number): number;

  /** Turns weights in the order of octets and quads into pairs. */
  pairColumnsQ8(tile: number, tiles: number, taps: number, k: number): void;

  /**
   * Gives each tap of each tile an order of its quads (four K each) in which few that meet could overflow sums of 16 bits.
   *
   * @param orders where these go: `k / 2` bytes each
   */
  matchQuadsQ8(tile: number, tiles: number, taps: number, k: number, orders: number): void;

  /** Brings quads back from the orders that {@link MatrixKernelsQ8.matchQuadsQ8} gave them. */
  restoreQuadsQ8(tile: number, tiles: number, taps: number, k: number, orders: number): void;

  /**
   * Takes what could overflow sums of 16 bits from octets, to extra steps of 36 bytes each.
   *
   * @param extras where these go; 0 only counts them
   * @param orders what {@link MatrixKernelsQ8.matchQuadsQ8} wrote; 0 for none
   * @returns their number
   */
  takeExtrasQ8(tile: number, tiles: number, taps: number, k: number, extras: number, orders: number): number;

  /**
   * Matrix product; a pointwise convolution of `m` pixels.
   *
   * @param w packed by `packing/matrix-q8.ts`, with the requantization in it
   * @param c result, `ldc` bytes from row to row; may be the residual itself
   * @param residual bytes that are added before the activation (`QuantizedOutput.residual`), `ldr` from row to row; 0 for none
   */
  gemmQ8(
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    w: number,
    c: number,
    ldc: number,
    residual: number,
    ldr: number,
  ): void;
}
