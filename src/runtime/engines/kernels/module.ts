/**
 * Bindings of our own WebAssembly kernels (`src/kernels`, written in AssemblyScript).
 *
 * ## Conventions that every kernel keeps
 *
 * - **Pointers** are byte offsets into the one imported memory; **strides are in bytes**, **counts in elements**. Kernels
 *   allocate nothing and keep no state from call to call: the memory belongs to the caller from
 *   {@link MEMORY_BASE} on, and is theirs for the time of a call below it. Address arithmetic wraps at 2^32, so a pointer to a virtual row 0 that lies before
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
import type { ConvolutionKernels } from "./module/convolution.ts";
import type { ElementwiseKernels } from "./module/elementwise.ts";
import type { InputKernels } from "./module/input.ts";
import type { MatrixKernels } from "./module/matrix.ts";
import type { PackingKernels } from "./module/packing.ts";
import type { PictureKernels } from "./module/picture.ts";
import type { PoolingKernels } from "./module/pooling.ts";
import type { SamplingKernels } from "./module/sampling.ts";
import type { KernelsQ8 } from "./module-q8.ts";

/** Channels of a pixel are padded to a multiple of this: one 128-bit vector of floats. */
export const CHANNEL_BLOCK = 4;

/** Output channels of one tile of packed matrix or convolution weights. */
export const TILE_COLUMNS = 8;

/** First byte of memory that callers may use: 0 stays invalid, so that it can mean "none"; from 1 KB on, kernels keep sums (src/kernels/q8-narrow-sums.ts). */
export const MEMORY_BASE = 4096;

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

/** Operations of `binaryF32`. */
export const BINARY = { add: 0, sub: 1, mul: 2, div: 3, min: 4, max: 5 } as const;

/** The functions that both builds of the kernels export, by family. */
export interface Kernels
  extends MatrixKernels,
    ConvolutionKernels,
    InputKernels,
    PoolingKernels,
    ElementwiseKernels,
    SamplingKernels,
    PackingKernels,
    PictureKernels,
    KernelsQ8 {}

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
