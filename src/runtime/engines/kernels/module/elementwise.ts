/**
 * What works element by element on floats, and softmax. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** Element by element. */
export interface ElementwiseKernels {
  /**
   * Element by element: y = act(a op b). `ldb` 0 takes the same row of b for every pixel: a per-channel vector
   * (squeeze-and-excitation is `mul` with it). In place (y = a or y = b) is fine.
   *
   * @param op one of `BINARY`
   * @param m rows (pixels)
   * @param c channels, a multiple of 4
   */
  binaryF32(
    op: number,
    m: number,
    c: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    y: number,
    ldy: number,
    act: number,
    lo: number,
    hi: number,
  ): void;

  /** y = act(x), `m` rows of `c` channels (multiple of 4); with `none` a strided copy. In place is fine. */
  unaryF32(
    m: number,
    c: number,
    x: number,
    ldx: number,
    y: number,
    ldy: number,
    act: number,
    lo: number,
    hi: number,
  ): void;

  /** Softmax of each of `m` rows over `c` floats (any number); in place is fine. Touches no padding. */
  softmaxF32(m: number, c: number, x: number, ldx: number, y: number, ldy: number): void;
}
