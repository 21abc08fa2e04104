/**
 * Binds pooling and resizing of bytes to kernels.
 *
 * @module
 */
import type { GlobalPoolCall, PoolCall, ResizeCall } from "../../calls.ts";
import { NONE } from "../../layers.ts";
import { byteBounds } from "../../requantization.ts";
import { areImages, type KernelImage, kernelImage } from "../image.ts";
import { samplingOf } from "../other.ts";
import { sequence } from "../sequence.ts";
import type { Bound, Target } from "../types.ts";

/** One call for each image of a batch: `rows` of the output, from all of the input. */
function eachImage(
  { input, output, rows: [from, to] }: PoolCall | ResizeCall,
  target: Target,
  make: (source: Source, result: Result) => Bound,
): Bound {
  const x = kernelImage(input, target);
  const y = kernelImage(output, target);
  return sequence(
    Array.from({ length: y.batch }, (_, n) =>
      make(
        [x.at(n), x.row, x.pixel, x.height, x.width],
        [y.at(n) + from * y.row, y.row, y.pixel, from, to, y.width, y.padded],
      ),
    ),
  );
}

/** Address, distances of rows and pixels, height and width. */
type Source = readonly [number, number, number, number, number];
/** Address, distances of rows and pixels, rows from and to, width, channels. */
type Result = readonly [number, number, number, number, number, number, number];

export function bindBytePool(call: PoolCall, target: Target): Bound | undefined {
  if (!areImages(call.input, call.output)) return undefined;
  const { kernels } = target;
  const { kernel, stride, pads } = call.window;
  const window = [...kernel, ...stride, pads[0], pads[1]] as const;
  if (call.mode === "max") {
    return eachImage(call, target, (x, y) => () => kernels.maxPoolQ8(...x, ...y, ...window));
  }
  const [from] = call.bytes?.inputs ?? [];
  const to = call.bytes?.output;
  if (!from || !to) return undefined;
  const { lo, hi } = byteBounds(NONE, to);
  const numbers = [call.countPad ? 1 : 0, from.zero, from.scale / to.scale, to.zero, lo, hi] as const;
  return eachImage(call, target, (x, y) => () => kernels.averagePoolQ8(...x, ...y, ...window, ...numbers));
}

export function bindByteResize(call: ResizeCall, target: Target): Bound | undefined {
  const sampling = samplingOf(call);
  if (!sampling || !areImages(call.input, call.output)) return undefined;
  const { kernels } = target;
  const places = [...sampling.scale, sampling.shift] as const;
  return call.spec.mode === "linear"
    ? eachImage(call, target, (x, y) => () => kernels.resizeBilinearQ8(...x, ...y, ...places))
    : eachImage(call, target, (x, y) => () => kernels.resizeNearestQ8(...x, ...y, ...places));
}

/** Sums of each channel over an image. */
function sums(x: KernelImage, n: number, to: number, { kernels }: Target): Bound {
  const at = x.at(n);
  if (x.row === x.width * x.pixel) {
    return () => kernels.sumPixelsQ8(x.height * x.width, x.padded, at, x.pixel, to, 0);
  }
  return () => {
    for (let i = 0; i < x.height; i++) {
      kernels.sumPixelsQ8(x.width, x.padded, at + i * x.row, x.pixel, to, i === 0 ? 0 : 1);
    }
  };
}

export function bindByteGlobalPool(call: GlobalPoolCall, target: Target): Bound | undefined {
  const { kernels } = target;
  const [from] = call.bytes?.inputs ?? [];
  const to = call.bytes?.output;
  if (!areImages(call.input) || !from || !to || !call.scratch) return undefined;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const scratch = target.address(call.scratch);
  const pixels = x.height * x.width;
  const { lo, hi } = byteBounds(NONE, to);
  // In single precision step by step, as QNNPACK and onnxruntime do it: means are often ties.
  const scale = from.scale / Math.fround(pixels * to.scale);
  return sequence(
    Array.from({ length: x.batch }, (_, n) => {
      const at = y.at(n);
      if (call.mode === "max") {
        // One window over the whole image.
        const source = [x.at(n), x.row, x.pixel, x.height, x.width] as const;
        const result = [at, y.row, y.pixel, 0, 1, 1, x.padded] as const;
        return () => kernels.maxPoolQ8(...source, ...result, x.height, x.width, 1, 1, 0, 0);
      }
      const add = sums(x, n, scratch, target);
      return () => {
        add();
        kernels.requantizeQ8(x.padded, scratch, -pixels * from.zero, scale, at, to.zero, lo, hi);
      };
    }),
  );
}
