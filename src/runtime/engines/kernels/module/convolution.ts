/**
 * Convolutions of maps of floats. (Conventions: `../module.ts`.)
 *
 * @module
 */
import { TILE_COLUMNS } from "../module.ts";

/** Convolutions. */
export interface ConvolutionKernels {
  /**
   * Depthwise convolution, any kernel, stride, dilation and padding; 3×3 and 5×5 with equal strides of 1 (any dilation) or 2 are the fast ones.
   *
   * @param c channels, a multiple of 4
   * @param w weights packed by `depthwiseLayout`
   */
  depthwiseF32(
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
    act: number,
    lo: number,
    hi: number,
  ): void;

  /**
   * Dense k×k convolution by implicit matrix product: taps that fall on padding are skipped.
   *
   * @param cin input channels, a multiple of 4
   * @param cout output channels, a multiple of 4
   * @param w weights packed by `convLayout`
   * @param residual map added before the activation, in the layout of `y` (same strides); 0 for none
   */
  convF32(
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
    act: number,
    lo: number,
    hi: number,
  ): void;

  /**
   * {@link ConvolutionKernels.convF32} for 3×3, stride 1, dilation 1, by Winograd's F(4×4, 3×3): 0.35 to 0.5 of the time where the band has 128 pixels or more and 32
   * channels or more on both sides, slower than the plain one on less. Sums are off by about 1e-5 of the largest (plain ones by 1e-6).
   *
   * @param w the same weights, packed by `convLayout`
   * @param scratch {@link winogradScratchBytes} of `cin`, `oy1 - oy0` and `oW`
   */
  convWinogradF32(
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
    padTop: number,
    padLeft: number,
    residual: number,
    act: number,
    lo: number,
    hi: number,
    scratch: number,
  ): void;

  /**
   * Transposed convolution 2×2, stride 2, no padding: each input row makes two output rows.
   *
   * @param x first input row of the band
   * @param y first output row of the band
   * @param rows input rows of the band
   * @param cout channels of the output, not padded
   * @param w packed by `transposed2x2Layout`: four matrices, for (dy, dx) = (0,0), (0,1), (1,0), (1,1); of a single channel, one of four columns
   */
  transposed2x2F32(
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
    act: number,
    lo: number,
    hi: number,
  ): void;
}

/** Bytes of scratch that {@link ConvolutionKernels.convWinogradF32} needs for `rows` output rows of `width` pixels (src/kernels/winograd.ts). */
export function winogradScratchBytes(cin: number, rows: number, width: number): number {
  const places = 36;
  const panel = 32;
  const tiles = Math.ceil(rows / 4) * Math.ceil(width / 4);
  const patches = 2 * places * 16;
  const weights = (panel / TILE_COLUMNS) * 32 * (cin + 1);
  return patches + places * (tiles * (cin + panel) * 4 + weights);
}
