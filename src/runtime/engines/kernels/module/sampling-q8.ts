/**
 * Maps of bytes at other sizes. (Conventions: `../module-q8.ts`.)
 *
 * @module
 */

/** Resizing. */
export interface SamplingKernelsQ8 {
  /** As `resizeBilinearF32`; scale and zero point stay. */
  resizeBilinearQ8(
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
    scaleY: number,
    scaleX: number,
    shift: number,
  ): void;

  /** As `resizeNearestF32` without adding; bytes are copied. */
  resizeNearestQ8(
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
    scaleY: number,
    scaleX: number,
    shift: number,
  ): void;
}
