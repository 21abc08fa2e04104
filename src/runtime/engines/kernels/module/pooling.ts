/**
 * Pooling of maps of floats. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** Pooling. */
export interface PoolingKernels {
  /** Max pooling; padding never wins. A window that lies on padding alone gives -Infinity. */
  maxPoolF32(
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

  /** Average pooling; `countPad` 1 divides by the kernel's size, 0 by the number of pixels inside the map. */
  averagePoolF32(
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
  ): void;

  /**
   * Sums over pixels, for global average pooling, in bands if wished: y[c] = (accumulate ? y[c] : 0) + Σi x[i][c], then times `scale`.
   * Bands: scale 1 for all but the last, 1/(H·W) for the last.
   *
   * @param m pixels, `xPix` bytes apart (one row, or a whole map whose rows follow each other)
   */
  sumPixelsF32(
    m: number,
    c: number,
    x: number,
    xPix: number,
    y: number,
    accumulate: number,
    scale: number,
  ): void;
}
