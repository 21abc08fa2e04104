/**
 * Bindings of our own WebAssembly kernels (`src/kernels`, written in AssemblyScript).
 *
 * ## Conventions that every kernel keeps
 *
 * - **Pointers** are byte offsets into the one imported memory; **strides are in bytes**, **counts in elements**. Kernels
 *   allocate nothing, keep no state, and never use memory of their own: all of the memory belongs to the caller, from
 *   {@link MEMORY_BASE} on. Address arithmetic wraps at 2^32, so a pointer to a virtual row 0 that lies before
 *   the memory is fine as long as the rows that are really touched lie inside.
 * - **Maps** are channels-last (NHWC), float32. A pixel's channels are padded to a multiple of {@link CHANNEL_BLOCK}, here
 *   written `c4`. `xRow` is the distance between rows, `xPix` between pixels (at least `4 * c4`; more for a view
 *   into wider pixels, which is how a channel concatenation is written without a copy). Padding lanes hold finite
 *   numbers that nothing depends on: kernels may read and write them, packed weights are zero for them.
 *   A buffer that no kernel has written must not be read, padding lanes included (it may hold a NaN, and 0 × NaN is NaN).
 * - **No over-read, no over-write**: a kernel touches exactly the elements that its arguments name (with `c4` channels a pixel).
 * - **Alignment**: float data on 4 bytes; 16 is faster, and packed weights should lie on 64 (a cache line).
 * - **Row bands**: spatial kernels make output rows `oy0 <= oy < oy1`. `y` is where row `oy0` goes, `x` where row 0 of the whole input
 *   lies, or would lie if it were held (a virtual address: only rows that the band needs are touched). Rows and columns outside
 *   `0..xH-1`, `0..xW-1` are padding and are never read (nor multiplied, where that would cost).
 * - **Activation** in the epilogue: `act` is one of {@link ACTIVATION}, which says what `lo` and `hi` mean to it.
 *   Order: accumulate, add bias, add residual, activate.
 *
 * ## Packed weights
 *
 * See `packing/layout.ts`: tiles of {@link TILE_COLUMNS} output channels, each tile being the bias of its columns, then one row of 8 columns
 * for every K, in the order in which the kernel reads A (for convolutions: kernel row, kernel column, input channel with its padding).
 *
 * @module
 */
import type { KernelsQ8 } from "./module-q8.ts";

/** Channels of a pixel are padded to a multiple of this: one 128-bit vector of floats. */
export const CHANNEL_BLOCK = 4;

/** Output channels of one tile of packed matrix or convolution weights. */
export const TILE_COLUMNS = 8;

/** First byte of memory that callers may use: 0 stays invalid, so that it can mean "none". */
export const MEMORY_BASE = 1024;

/** Pages (64 KiB) that an imported memory must have at least; V8 drops a check from each access below it. */
export const MIN_MEMORY_PAGES = 16;

/** Activations that epilogues can apply. */
export const ACTIVATION = {
  /** x */
  none: 0,
  /** min(max(x, lo), hi): ReLU is (0, Infinity), ReLU6 is (0, 6). */
  clamp: 1,
  /** x · clamp(x + 3, 0, 6) / 6 (torch.nn.Hardswish). */
  hardswish: 2,
  /** clamp(lo · x + hi, 0, 1): ONNX HardSigmoid with alpha `lo`, beta `hi`; torch.nn.Hardsigmoid has 1/6 and 1/2. */
  hardsigmoid: 3,
  /** 1 / (1 + e^-x) */
  sigmoid: 4,
  /** x / (1 + e^-x) */
  silu: 5,
  /** x where x >= 0, else lo · x. */
  leaky: 6,
  exp: 7,
  tanh: 8,
} as const;

/** One of {@link ACTIVATION}'s codes. */
export type ActivationCode = (typeof ACTIVATION)[keyof typeof ACTIVATION];

/** Operations of {@link Kernels.binaryF32}. */
export const BINARY = { add: 0, sub: 1, mul: 2, div: 3, min: 4, max: 5 } as const;

/** The functions that both builds of the kernels export. See the module's conventions for pointers, strides and maps. */
export interface Kernels extends KernelsQ8 {
  /**
   * Matrix product with epilogue; a pointwise (1×1) convolution with `m` pixels. XNNPACK: f32-gemm 4x8.
   *
   * c[i][j] = act(bias[j] + Σk a[i][k] · w[k][j] + residual[i][j])
   *
   * @param m rows (pixels), any number
   * @param n output channels, a multiple of 4
   * @param k input channels, a multiple of 4
   * @param a first row, `k` floats; `lda` bytes from row to row
   * @param w weights packed by `convLayout` (one tap)
   * @param c result, `ldc` bytes from row to row; may be the residual itself, must not overlap `a`
   * @param residual added before the activation, `ldr` bytes from row to row; 0 for none
   */
  gemmF32(
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
    act: number,
    lo: number,
    hi: number,
  ): void;

  /**
   * {@link Kernels.gemmF32} with weights stored as fp16 (`convLayoutF16`), widened block by block into `scratch`
   * ({@link GEMM_F16_SCRATCH_BYTES}). For weights that would be large in float, and many rows (fc6 of Faster R-CNN).
   */
  gemmF32W16(
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
    act: number,
    lo: number,
    hi: number,
    scratch: number,
  ): void;

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
   * {@link Kernels.convF32} for 3×3, stride 1, dilation 1, by Winograd's F(4×4, 3×3): 0.35 to 0.5 of the time where the band has 128 pixels or more and 32
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
   * Rows of an 8-bit interleaved image as {@link Kernels.stemF32} reads them: `padLeft` pixels of zeros, `xW` normalised pixels (`byte · scale[c] +
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

  /**
   * Element by element: y = act(a op b). `ldb` 0 takes the same row of b for every pixel: a per-channel vector
   * (squeeze-and-excitation is `mul` with it). In place (y = a or y = b) is fine.
   *
   * @param op one of {@link BINARY}
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

  /**
   * Bilinear resize: output o samples at `(o + shift) · scale - shift`, clamped to the map. `shift` 0.5 with scale in/out is ONNX's half_pixel
   * (torch, align_corners false); 0 with in/out is asymmetric; 0 with (in-1)/(out-1) is align_corners.
   */
  resizeBilinearF32(
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

  /**
   * Nearest resize: output o takes `clamp(floor((o + shift) · scale))` (shift 0: asymmetric with floor, torch's `nearest`;
   * 0.5: half pixel). `add` 1 adds to what y holds (the top-down path of a feature pyramid) instead of storing.
   */
  resizeNearestF32(
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
    add: number,
  ): void;

  /**
   * torchvision.ops.roi_align with aligned=false: `n` regions of one feature map, each to `size`×`size` pixels of `c` channels.
   *
   * @param rois `n` boxes x1, y1, x2, y2 as floats, in pixels of the image
   * @param slots `n` int32: region i goes to `y + slots[i] · size² · 4c`; 0 (no pointer) for `slots[i] = i`
   * @param spatialScale feature pixels per image pixel
   * @param sampling samples per bin and axis (torchvision's detectors: 2)
   * @param y pixels one after the other, `4c` bytes each
   */
  roiAlignF32(
    x: number,
    xRow: number,
    xPix: number,
    xH: number,
    xW: number,
    c: number,
    n: number,
    rois: number,
    slots: number,
    spatialScale: number,
    size: number,
    sampling: number,
    y: number,
  ): void;

  /** Softmax of each of `m` rows over `c` floats (any number); in place is fine. Touches no padding. */
  softmaxF32(m: number, c: number, x: number, ldx: number, y: number, ldy: number): void;

  /** Planar to channels-last: `channels` planes (`xPlane` bytes apart) of `m` floats to `m` pixels; padding lanes up to a multiple of 4 become 0. */
  toPixelsF32(m: number, channels: number, x: number, xPlane: number, y: number, yPix: number): void;

  /** Channels-last to planar, the inverse of {@link Kernels.toPixelsF32}. */
  toPlanesF32(m: number, channels: number, x: number, xPix: number, y: number, yPlane: number): void;

  /**
   * Packs `n` consecutive floats of weights (`packing/pack.ts` calls it): element `start` of a source `[outputs][inputs][taps]`, or
   * `[inputs][outputs][taps]` where `outputsFirst` is 0, comes first. The other numbers are those of `PackedLayout`.
   *
   * @param minor inputs, or outputs where those are not first
   */
  packWords(
    x: number,
    n: number,
    start: number,
    y: number,
    taps: number,
    minor: number,
    outputsFirst: number,
    inputStride: number,
    tapStride: number,
    group: number,
    groupStride: number,
    offset: number,
  ): void;

  /** {@link Kernels.packWords} for halves. */
  packHalves(
    x: number,
    n: number,
    start: number,
    y: number,
    taps: number,
    minor: number,
    outputsFirst: number,
    inputStride: number,
    tapStride: number,
    group: number,
    groupStride: number,
    offset: number,
  ): void;

  /** Widens `n` half-precision floats; exact, subnormals, infinities and NaN included. `y` may not overlap `x` unless it is `x - 2n` or lower. */
  widenF16(n: number, x: number, y: number): void;
}

/** Bytes of scratch that {@link Kernels.convWinogradF32} needs for `rows` output rows of `width` pixels (src/kernels/winograd.ts). */
export function winogradScratchBytes(cin: number, rows: number, width: number): number {
  const places = 36;
  const panel = 32;
  const tiles = Math.ceil(rows / 4) * Math.ceil(width / 4);
  const patches = 2 * places * 16;
  const weights = (panel / TILE_COLUMNS) * 32 * (cin + 1);
  return patches + places * (tiles * (cin + panel) * 4 + weights);
}

/** Bytes of scratch that {@link Kernels.gemmF32W16} widens weights into. */
export const GEMM_F16_SCRATCH_BYTES = 4 * (1024 + 1) * 32;

/** A kernels module bound to a memory. */
export interface KernelModule {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/**
 * A module of four bytes of code that only an engine with relaxed SIMD accepts:
 * `(func (param v128) (result v128) local.get 0 local.get 0 i8x16.relaxed_swizzle)`.
 */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0, 10, 11, 1, 9, 0, 32, 0, 32, 0, 253,
  128, 2, 11,
]);

/** Whether this host runs the relaxed SIMD build; if not, load the plain one. */
export function supportsRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_PROBE);
}

/**
 * Binds a compiled build of the kernels to a memory.
 *
 * @param module `src/kernels/build/kernels.relaxed.wasm` or `kernels.simd.wasm`, compiled
 * @param memory at least {@link MIN_MEMORY_PAGES} pages; grows as the caller likes
 *
 * @example
 * ```ts
 * import relaxed from "../../../kernels/build/kernels.relaxed.wasm";
 * const { kernels, memory } = bindKernels(relaxed, new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES }));
 * ```
 */
export function bindKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): KernelModule {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  return { kernels: instance.exports as unknown as Kernels, memory };
}
