/**
 * A network's input in floats: pixels to rows, the first convolution, and planes to pixels and back. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** What takes pictures and planes in. */
export interface InputKernels {
  /**
   * Rows of an 8-bit interleaved image as {@link InputKernels.stemF32} reads them: `padLeft` pixels of zeros, `xW` normalised pixels (`byte · scale[c] +
   * offset[c]`), zeros up to `columns` pixels. (Padding is zero after normalisation.)
   *
   * @param x pixels `[rows][xW][3]`, bytes, `xRow` bytes from row to row
   * @param y rows of `columns · 3` floats, `yRow` bytes from row to row
   * @param norm six floats: scale of R, G, B, then offset of R, G, B
   */
  inputRowsU8(
    x: number,
    xRow: number,
    rows: number,
    xW: number,
    y: number,
    yRow: number,
    padLeft: number,
    columns: number,
    norm: number,
  ): void;

  /**
   * The same of planar floats (`[C][H][W]`, a graph's own input), as they are.
   *
   * @param xPlane bytes from channel to channel
   */
  inputRowsF32(
    x: number,
    xPlane: number,
    xRow: number,
    rows: number,
    xW: number,
    channels: number,
    y: number,
    yRow: number,
    padLeft: number,
    columns: number,
  ): void;

  /**
   * Convolution of a network's input, of few channels: `y = act(conv(x) + bias)` for `rows` output rows. The channels of a pixel lie side by side
   * without padding, so that what a kernel row covers is one run of floats.
   *
   * @param x the first row under the first output row, padding among it, `xRow` bytes from row to row
   * @param stepBytes from the rows of an output row to those of the next: vertical stride · `xRow`
   * @param pixelBytes from the values of an output pixel to those of the next: horizontal stride · channels · 4
   * @param cout output channels, a multiple of 4
   * @param w packed by `unfoldedLayout`
   * @param kh kernel rows
   * @param run floats under a kernel row: kernel width · channels
   */
  stemF32(
    x: number,
    xRow: number,
    stepBytes: number,
    pixelBytes: number,
    y: number,
    yRow: number,
    yPix: number,
    rows: number,
    oW: number,
    cout: number,
    w: number,
    kh: number,
    run: number,
    act: number,
    lo: number,
    hi: number,
  ): void;

  /** Planar to channels-last: `channels` planes (`xPlane` bytes apart) of `m` floats to `m` pixels; padding lanes up to a multiple of 4 become 0. */
  toPixelsF32(m: number, channels: number, x: number, xPlane: number, y: number, yPix: number): void;

  /** Channels-last to planar, the inverse of {@link InputKernels.toPixelsF32}. */
  toPlanesF32(m: number, channels: number, x: number, xPix: number, y: number, yPlane: number): void;
}
