/**
 * Pooling of maps of bytes. (Conventions: `../module-q8.ts`.)
 *
 * @module
 */

/** Pooling. */
export interface PoolingKernelsQ8 {
  /** As `maxPoolF32`; a window on padding alone gives 0. */
  maxPoolQ8(
    x: number,
    xRow: number,
    xPix: number,
    xH: number,
    xW: number,
    y: number,
    yRow: number,
    yPix: number,
    oy0: number,
    oy1: number,
    oW: number,
    c: number,
    kh: number,
    kw: number,
    strideY: number,
    strideX: number,
    padTop: number,
    padLeft: number,
  ): void;

  /**
   * As `averagePoolF32`, with integer sums: y = (sum - pixels · zeroX) · (scale / count), in steps of y. `scale` is the input's over y's; count is the
   * kernel's size where `countPad` is 1, else the number of pixels inside the map, which `pixels` is always.
   */
  averagePoolQ8(
    x: number,
    xRow: number,
    xPix: number,
    xH: number,
    xW: number,
    y: number,
    yRow: number,
    yPix: number,
    oy0: number,
    oy1: number,
    oW: number,
    c: number,
    kh: number,
    kw: number,
    strideY: number,
    strideX: number,
    padTop: number,
    padLeft: number,
    countPad: number,
    zeroX: number,
    scale: number,
    zero: number,
    lo: number,
    hi: number,
  ): void;

  /** sums[c] = (accumulate ? sums[c] : 0) + Σi x[i][c]: int32, for {@link PoolingKernelsQ8.requantizeQ8}. */
  sumPixelsQ8(m: number, c: number, x: number, xPix: number, sums: number, accumulate: number): void;

  /** y = (sums + bias) · scale, in steps of y: a mean has bias `-pixels · zeroX` and scale `scaleX / (pixels · scaleY)`. */
  requantizeQ8(
    c: number,
    sums: number,
    bias: number,
    scale: number,
    y: number,
    zero: number,
    lo: number,
    hi: number,
  ): void;
}
