/**
 * Convolutions of maps of bytes. (Conventions: `../module-q8.ts`.)
 *
 * @module
 */

/** Convolutions. */
export interface ConvolutionKernelsQ8 {
  /**
   * Dense k×k convolution, as `convF32`; padding is the input's zero point.
   *
   * @param w packed likewise, with `kh · kw` taps
   * @param residual map added before the activation, in the layout of `y` (same strides), hence for bytes; 0 for none
   * @param scratch a row of sums: `4 · cout · oW` bytes
   */
  convQ8(
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
    cin: number,
    cout: number,
    w: number,
    kh: number,
    kw: number,
    strideY: number,
    strideX: number,
    dilationY: number,
    dilationX: number,
    padTop: number,
    padLeft: number,
    residual: number,
    scratch: number,
  ): void;

  /** As `transposed2x2F32`. @param w four matrices packed likewise, `matrixBytes` apart */
  transposed2x2Q8(
    x: number,
    xRow: number,
    xPix: number,
    y: number,
    yRow: number,
    yPix: number,
    rows: number,
    xW: number,
    cin: number,
    cout: number,
    w: number,
    matrixBytes: number,
  ): void;

  /**
   * Depthwise convolution, as `depthwiseF32`; not to floats.
   *
   * @param w packed by `packDepthwiseQ8`
   * @param scratch {@link depthwiseQ8ScratchBytes}
   */
  depthwiseQ8(
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
    w: number,
    kh: number,
    kw: number,
    strideY: number,
    strideX: number,
    dilationY: number,
    dilationX: number,
    padTop: number,
    padLeft: number,
    scratch: number,
  ): void;
}

/** Bytes of rows that a depthwise convolution aims at (src/kernels/q8-depthwise.ts and q8-depthwise-quads.ts). */
const TILE_AIM = 24 * 1024;

/** Bytes of sums before them. */
const SUMS = 4 * 1024;

/**
 * Bytes of scratch that {@link ConvolutionKernelsQ8.depthwiseQ8} needs: rows of some channels, interleaved by pairs or as they are.
 *
 * @param c channels, padded
 * @param oW results in a row
 * @param kernel rows and columns; `stride` and `dilation` likewise
 */
export function depthwiseQ8ScratchBytes(
  c: number,
  oW: number,
  kernel: readonly [number, number],
  stride: readonly [number, number],
  dilation: readonly [number, number],
): number {
  const pairs = 2 * ((2 * (Math.ceil(kernel[0] / 2) - 1) * dilation[0]) / (stride[0] % 2 === 0 ? 2 : 1) + 1);
  const columns = (oW - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1;
  const fitting = Math.floor(TILE_AIM / (pairs * columns) / 16) * 16;
  const byPairs = Math.min(c, Math.max(fitting, 16)) * (pairs * columns + 1);
  // By quads there may be one more result in a row, and one more column. A tile has at least the rows of one row of results.
  const window = (kernel[0] - 1) * dilation[0] + 1;
  const byQuads = window * (oW * stride[1] + (kernel[1] + 1) * dilation[1]) * Math.min(c, 16);
  return SUMS + Math.max(byPairs, byQuads, TILE_AIM);
}
