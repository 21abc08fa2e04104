/**
 * What works element by element on bytes, and from floats and back. (Conventions: `../module-q8.ts`.)
 *
 * @module
 */

/** Element by element. */
export interface ElementwiseKernelsQ8 {
  /**
   * y = ((a - zeroA) · scaleA + (b - zeroB) · scaleB) / scale + zero, rounded then: as onnxruntime has it (mlas/lib/qladd.cpp, `MlasQLinearAddKernelRawHelper`).
   * `ldb` 0 repeats one row of b. In place is fine.
   */
  addQ8(
    m: number,
    c: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    y: number,
    ldy: number,
    zeroA: number,
    scaleA: number,
    zeroB: number,
    scaleB: number,
    scale: number,
    zero: number,
    lo: number,
    hi: number,
  ): void;

  /**
   * y = floor(a · factorA + b · factorB + offset), by integers: factors from -4 to below 4, offsets of 16 bits, each rounded to 28 bits behind the point.
   * Bounds are bytes. For what {@link ElementwiseKernelsQ8.addFitsQ8} approves of it is `addQ8`, in less than half of the time.
   */
  addFixedQ8(
    m: number,
    c: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    y: number,
    ldy: number,
    factorA: number,
    factorB: number,
    offset: number,
    lo: number,
    hi: number,
  ): void;

  /** 1 where `addFixedQ8` with these factors gives what `addQ8` does for every pair of bytes. */
  addFitsQ8(
    zeroA: number,
    scaleA: number,
    zeroB: number,
    scaleB: number,
    scale: number,
    zero: number,
    lo: number,
    hi: number,
    factorA: number,
    factorB: number,
    offset: number,
  ): number;

  /** y = (a - zeroA) · ((b - zeroB) · scale), in steps of y (scaleA · scaleB / scaleY). `ldb` 0 repeats one row of b: squeeze-and-excitation. */
  mulQ8(
    m: number,
    c: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    y: number,
    ldy: number,
    zeroA: number,
    zeroB: number,
    scale: number,
    zero: number,
    lo: number,
    hi: number,
  ): void;

  /** y = table[x]: any function of one value. `c` a multiple of 4. */
  lookupQ8(m: number, c: number, x: number, ldx: number, y: number, ldy: number, table: number): void;

  /** Floats to bytes: x / scale; NaN to the lower bound. `c` a multiple of 4. */
  quantizeF32(
    m: number,
    c: number,
    x: number,
    ldx: number,
    y: number,
    ldy: number,
    scale: number,
    zero: number,
    lo: number,
    hi: number,
  ): void;

  /** Bytes to floats: (x - zero) · scale. `c` a multiple of 4. */
  dequantizeQ8(
    m: number,
    c: number,
    x: number,
    ldx: number,
    y: number,
    ldy: number,
    scale: number,
    zero: number,
  ): void;

  /** Copies `m` rows of `c` bytes. */
  copyQ8(m: number, c: number, x: number, ldx: number, y: number, ldy: number): void;
}
