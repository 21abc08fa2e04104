/**
 * Bindings of the integer kernels, which work on unsigned bytes with a scale and a zero point (ONNX QuantizeLinear, uint8). The conventions of
 * `module.ts` hold, and these:
 *
 * - **Maps** are channels-last bytes, a pixel's channels padded to a multiple of {@link CHANNEL_BLOCK_Q8} (any bytes). `c`, `cin`, `cout`, `k` and `n`
 *   count padded channels: multiples of 8, except where said.
 * - **Results are the same, bit for bit**, in both builds, on every processor and whichever way a matrix is packed.
 * - A real number r is stored as `clamp(round(r / scale) + zero, 0, 255)`, halves rounded to even. Bounds `lo` and `hi` are in steps, relative to
 *   the zero point: `0 - zero` and `255 - zero`, or tighter for an activation that clamps (ReLU: lo 0 at least).
 * - Sums must stay under 2^31 (K up to 66,000 with any bytes).
 *
 * @module
 */

/** Channels of a pixel of bytes are padded to a multiple of this. */
export const CHANNEL_BLOCK_Q8 = 8;

/** Values of a row of pixels for which a map has a factor and an offset: whole vectors of four, and whole pixels. */
export const PIXEL_MAP_PERIOD = 12;

/** Bytes of what {@link KernelsQ8.pixelRowsQ8} maps pixels with: factors and offsets (floats), then three tables. */
export const PIXEL_MAP_BYTES = 4 * 2 * PIXEL_MAP_PERIOD + 3 * 256;

/** Ways in which an integer matrix can be multiplied (src/kernels/q8-tiles.ts). */
export const Q8_PATH = { pairs: 0, octets: 1, quads: 2 } as const;

/** One of {@link Q8_PATH}'s codes. */
export type Q8PathCode = (typeof Q8_PATH)[keyof typeof Q8_PATH];

/**
 * What becomes of a 32-bit sum. Where a residual is added, x below includes it.
 */
export const REQUANT_MODE = {
  /** Steps of the output: x = sum · scale[c]. */
  linear: 0,
  /** Hard-swish of the real number x = sum · scale[c], then `gain` steps a unit. */
  hardswish: 1,
  /** x is first rounded to steps of its own, as a network that quantizes before the activation has it; then as {@link REQUANT_MODE.hardswish}. */
  steppedHardswish: 2,
  /** clamp(alpha · x + beta, 0, 1) of the real number x = sum · scale[c], then `gain` steps a unit. */
  hardsigmoid: 3,
  /** No bytes: floats, x = sum · scale[c] bounded by `lo` and `hi`, which are real numbers here. Results take four bytes each. */
  floats: 4,
} as const;

/** Requantization of a layer; stored at the head of its packed weights. */
export interface QuantizedOutput {
  readonly mode: (typeof REQUANT_MODE)[keyof typeof REQUANT_MODE];
  /** Bounds relative to the zero point. */
  readonly lo: number;
  readonly hi: number;
  readonly zero: number;
  /** Modes with an activation: 1 / scale of the output. */
  readonly gain?: number;
  /** Stepped: scale of the intermediate, and its bounds relative to its zero point. */
  readonly step?: number;
  readonly stepLo?: number;
  readonly stepHi?: number;
  /** Hard-sigmoid: slope and constant (torch: 1/6 and 1/2). */
  readonly alpha?: number;
  readonly beta?: number;
  /**
   * Bytes that the kernel adds where it is given some: (byte - zero) · scale, in the units of x: the residual's scale over that of the output
   * (linear) or the intermediate (stepped), or as it is (other modes).
   */
  readonly residual?: { readonly zero: number; readonly scale: number };
}

/** The integer kernels of both builds. */
export interface KernelsQ8 {
  /** The fastest exact way on this processor: a {@link Q8_PATH}, plus 256 where quads take activations as signed. `q8Path` of `packing/q8.ts` reads it. */
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
   * Puts the corrections for the input's zero point in their places: `-zero` times the weights of a column, for each tap, as they were packed.
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
   * Takes what could overflow sums of 16 bits from octets, to extra steps of 36 bytes each.
   *
   * @param extras where these go; 0 only counts them
   * @returns their number
   */
  takeExtrasQ8(tile: number, tiles: number, taps: number, k: number, extras: number): number;

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

  /**
   * Brings rows of 8-bit RGB pixels to what an integer stem unfolds: each byte becomes what the map says, with `zero` on both sides.
   *
   * @param x rows, `xRow` bytes apart; up to 24 bytes behind the last are read
   * @param y rows of `3 · columns` bytes, `yRow` apart; the first byte of a row is that of column `-padLeft`. Up to 16 bytes behind them are written
   * @param columns pixels of a row of y, padding among them
   * @param map twelve factors and twelve offsets (floats, channels in turn), then three times 256 bytes: what a byte of red, green, blue becomes
   * @param affine 1: `clamp(round(byte · factor + offset), …) + zero`, each step rounded to single precision; 0: by the tables
   */
  pixelRowsQ8(
    x: number,
    xRow: number,
    rows: number,
    xW: number,
    y: number,
    yRow: number,
    padLeft: number,
    columns: number,
    map: number,
    affine: number,
    zero: number,
  ): void;

  /**
   * Unfolds (im2col) rows of bytes, padding among them, for an integer stem: each result is a row of `kh · run` bytes and then any up to `ld`, and
   * `gemmQ8` with a matrix of one tap and `kh · run` inputs does the rest.
   *
   * @param x what lies under the first result; rows are `xRow` bytes apart, and up to 15 bytes behind a run are read
   * @param stepY bytes from what one row of results reads to what the next does; `stepX` from one result to the next
   * @param y `rows · oW` results, `ld` bytes apart (a multiple of 8, at least `kh · run`); up to 15 bytes behind the last are written
   * @param run bytes under a row of the kernel
   */
  unfoldQ8(
    x: number,
    xRow: number,
    stepY: number,
    stepX: number,
    y: number,
    ld: number,
    rows: number,
    oW: number,
    kh: number,
    run: number,
  ): void;

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

  /** sums[c] = (accumulate ? sums[c] : 0) + Σi x[i][c]: int32, for {@link KernelsQ8.requantizeQ8}. */
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

  /** Copies `m` rows of `c` bytes. */
  copyQ8(m: number, c: number, x: number, ldx: number, y: number, ldy: number): void;
}

/** Bytes of rows that a depthwise convolution aims at (src/kernels/q8-depthwise.ts and q8-depthwise-quads.ts). */
const TILE_AIM = 24 * 1024;

/** Bytes of sums before them, by quads. */
const SUMS = 4 * 1024;

/**
 * Bytes of scratch that {@link KernelsQ8.depthwiseQ8} needs: rows of some channels, interleaved by pairs or as they are.
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
  // By quads there may be one more result in a row. A tile has at least the rows of one row of results.
  const window = (kernel[0] - 1) * dilation[0] + 1;
  const byQuads = window * (oW * stride[1] + kernel[1] * dilation[1]) * Math.min(c, 16);
  return Math.max(byPairs, SUMS + Math.max(byQuads, TILE_AIM));
}
