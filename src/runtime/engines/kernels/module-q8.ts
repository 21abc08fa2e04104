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
import type { ConvolutionKernelsQ8 } from "./module/convolution-q8.ts";
import type { ElementwiseKernelsQ8 } from "./module/elementwise-q8.ts";
import type { InputKernelsQ8 } from "./module/input-q8.ts";
import type { MatrixKernelsQ8 } from "./module/matrix-q8.ts";
import type { PoolingKernelsQ8 } from "./module/pooling-q8.ts";
import type { SamplingKernelsQ8 } from "./module/sampling-q8.ts";

/** Channels of a pixel of bytes are padded to a multiple of this. */
export const CHANNEL_BLOCK_Q8 = 8;

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

/** The integer kernels of both builds, by family. */
export interface KernelsQ8
  extends MatrixKernelsQ8,
    ConvolutionKernelsQ8,
    InputKernelsQ8,
    ElementwiseKernelsQ8,
    PoolingKernelsQ8,
    SamplingKernelsQ8 {}
