/**
 * Calls kernels before there is work: V8 compiles a function of WebAssembly when it is first called, which takes milliseconds for the large ones.
 *
 * @module
 */
import { ACTIVATION, BINARY, bindKernels, MIN_MEMORY_PAGES } from "./module.ts";

/** A quarter of the memory's first pages, for each of input, weights and output. */
const REGION = MIN_MEMORY_PAGES * 2 ** 14;

/**
 * Calls what nearly every network calls, on a few pixels of zeros in a memory of its own. The compiled code belongs to the module: other instances
 * find it there.
 */
export function warmKernels(module: WebAssembly.Module): void {
  const { kernels } = bindKernels(module, new WebAssembly.Memory({ initial: MIN_MEMORY_PAGES }));
  const [x, w, y] = [REGION, 2 * REGION, 3 * REGION];
  const [channels, side] = [32, 7];
  const pixel = channels * 4;
  const row = side * pixel;
  const act = [ACTIVATION.none, 0, 0] as const;
  kernels.inputRowsU8(x, side * 3, side, side, y, side * 12, 0, side, w);
  kernels.stemF32(x, row, 2 * row, 24, y, row, pixel, 3, 3, channels, w, 3, 9, ...act);
  // Seven pixels: a tile of four, and the three that are left.
  kernels.gemmF32(side, channels, channels, x, pixel, w, y, pixel, 0, 0, ...act);
  for (const [kernel, stride] of [
    [3, 1],
    [3, 2],
    [5, 1],
    [5, 2],
  ] as const) {
    const out = Math.ceil(side / stride);
    const pad = kernel >> 1;
    const window = [kernel, kernel, stride, stride, 1, 1, pad, pad] as const;
    kernels.depthwiseF32(
      x,
      row,
      pixel,
      side,
      side,
      y,
      row,
      pixel,
      0,
      out,
      out,
      channels,
      w,
      ...window,
      ...act,
    );
  }
  kernels.sumPixelsF32(side, channels, x, pixel, y, 0, 1);
  kernels.binaryF32(BINARY.mul, side, channels, x, pixel, w, 0, y, pixel, ...act);
}
