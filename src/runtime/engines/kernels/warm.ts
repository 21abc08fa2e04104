/**
 * Calls kernels before there is work. V8 compiles a function of WebAssembly when it is first called, which takes milliseconds for the large ones, and
 * again, optimised and on another thread, once it has run for a while: without that, most of a small network's first run is slow code.
 *
 * @module
 */
import { ACTIVATION, BINARY, bindKernels, type Kernels, MIN_MEMORY_PAGES } from "./module.ts";

/** A quarter of the memory's first pages, for each of input, weights and output. */
const REGION = MIN_MEMORY_PAGES * 2 ** 14;
const [X, W, Y] = [REGION, 2 * REGION, 3 * REGION];

/** Channels and bytes of a pixel. */
const CHANNELS = 32;
const PIXEL = CHANNELS * 4;

const ACT = [ACTIVATION.hardswish, 0, 0] as const;

/** A depthwise convolution of a square map. */
function depthwise(kernels: Kernels, kernel: number, stride: number, side: number): void {
  const row = side * PIXEL;
  const out = side / stride;
  const pad = kernel >> 1;
  const map = [X, row, PIXEL, side, side, Y, out * PIXEL, PIXEL, 0, out, out, CHANNELS, W] as const;
  kernels.depthwiseF32(...map, kernel, kernel, stride, stride, 1, 1, pad, pad, ...ACT);
}

/** A matrix product of `m` rows. */
function gemm(kernels: Kernels, m: number): void {
  const [n, k] = [64, 96];
  kernels.gemmF32(m, n, k, X, k * 4, W, Y, n * 4, 0, 0, ...ACT);
}

/**
 * Calls, and how often. V8 optimises a function after about 13 MB of its baseline code have run (`--wasm-tiering-budget`), which takes 0.3 to 0.6 ms. So
 * many calls were measured to be needed, here half as many again: 26 of the product by four rows, 175 by one, 17 of the stem, and 23, 55, 35 and 29
 * of the depthwise convolutions. What has little part in a first run is only compiled.
 */
const CALLS: readonly (readonly [times: number, call: (kernels: Kernels) => void])[] = [
  [40, (kernels) => gemm(kernels, 8)],
  [260, (kernels) => gemm(kernels, 1)],
  // As tiles of three and of two rows.
  [1, (kernels) => gemm(kernels, 5)],
  [36, (kernels) => depthwise(kernels, 3, 1, 14)],
  [80, (kernels) => depthwise(kernels, 3, 2, 14)],
  [50, (kernels) => depthwise(kernels, 5, 1, 7)],
  [44, (kernels) => depthwise(kernels, 5, 2, 14)],
  [28, stem],
  [1, (kernels) => kernels.inputRowsU8(X, 7 * 3, 7, 7, Y, 7 * 12, 0, 7, W)],
  [1, (kernels) => kernels.resampleRowU8(X, W, 4, Y)],
  [1, (kernels) => kernels.combineRowsU8(X, X, X, X, 0, 0, 0, 0, 16, Y)],
  [1, (kernels) => kernels.sumPixelsF32(7, CHANNELS, X, PIXEL, Y, 0, 1)],
  [
    1,
    (kernels) => kernels.binaryF32(BINARY.mul, 7, CHANNELS, X, PIXEL, W, 0, Y, PIXEL, ACTIVATION.none, 0, 0),
  ],
];

/** Four rows of a convolution 3×3 of three channels, stride 2. */
function stem(kernels: Kernels): void {
  const [rows, width, channels] = [4, 28, 16];
  const row = (2 * width + 1) * 12;
  kernels.stemF32(X, row, 2 * row, 24, Y, width * 64, 64, rows, width, channels, W, 3, 9, ...ACT);
}

/**
 * Calls what nearly every network calls, on zeros in a memory of its own. The compiled code belongs to the module: other instances find it there. Takes
 * 3 to 4 ms more than compiling alone.
 */
export function warmKernels(module: WebAssembly.Module): void {
  const { kernels } = bindKernels(module, new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES }));
  for (const [times, call] of CALLS) {
    for (let i = 0; i < times; i++) call(kernels);
  }
}
