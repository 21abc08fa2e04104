/**
 * Binds products of integers to kernels: convolutions and fully connected layers.
 *
 * @module
 */
import type { ConvCall, ConvTransposeCall, GemmCall } from "../../calls.ts";
import { padChannels, rowsOf } from "../../views.ts";
import { areImages, kernelImage } from "../image.ts";
import { sequence } from "../sequence.ts";
import type { Bound, Target } from "../types.ts";
import { runsOf } from "./image.ts";

function bindPointwise(call: ConvCall, target: Target): Bound {
  const { kernels } = target;
  const w = target.weights(call.weights);
  const views = call.residual ? [call.output, call.input, call.residual] : [call.output, call.input];
  const { pixels, runs } = runsOf(
    views.map((view) => rowsOf(view, call.rows)),
    target,
  );
  const [n, k] = [call.output, call.input].map(({ dims }) => padChannels(dims[1] ?? 1, "u8"));
  return sequence(
    runs.map(
      ([y, x, r]) =>
        () =>
          kernels.gemmQ8(pixels, n ?? 0, k ?? 0, x.at, x.pixel, w, y.at, y.pixel, r?.at ?? 0, r?.pixel ?? 0),
    ),
  );
}

/** Depthwise and dense convolutions. */
function bindWindow(call: ConvCall, target: Target): Bound | undefined {
  if (!call.scratch) return undefined;
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const r = call.residual && kernelImage(call.residual, target);
  const w = target.weights(call.weights);
  const scratch = target.address(call.scratch);
  const [from, to] = call.rows;
  const { kernel, stride, dilation, pads } = call.window;
  const cout = padChannels(y.channels, "u8");
  const window = [...kernel, ...stride, ...dilation, pads[0], pads[1]] as const;
  const dense = call.kind === "dense";
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const source = [x.at(n), x.row, x.pixel, x.height, x.width] as const;
      const result = [y.at(n) + from * y.row, y.row, y.pixel, from, to, y.width] as const;
      const residual = r ? r.at(n) + from * r.row : 0;
      return dense
        ? () => kernels.convQ8(...source, ...result, x.padded, cout, w, ...window, residual, scratch)
        : () => kernels.depthwiseQ8(...source, ...result, cout, w, ...window, scratch);
    }),
  );
}

export function bindByteConv(call: ConvCall, target: Target): Bound | undefined {
  if (!areImages(call.input, call.output, call.residual)) return undefined;
  return call.kind === "pointwise" ? bindPointwise(call, target) : bindWindow(call, target);
}

export function bindByteConvTranspose(call: ConvTransposeCall, target: Target): Bound | undefined {
  if (!areImages(call.input, call.output)) return undefined;
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const w = target.weights(call.weights);
  const matrix = target.weightBytes(call.weights) / 4;
  const sizes = [x.height, x.width, x.padded, y.padded, w, matrix] as const;
  return sequence(
    Array.from({ length: y.batch }, (_, n) => {
      const maps = [x.at(n), x.row, x.pixel, y.at(n), y.row, y.pixel] as const;
      return () => kernels.transposed2x2Q8(...maps, ...sizes);
    }),
  );
}

export function bindByteGemm(call: GemmCall, target: Target): Bound {
  const { kernels } = target;
  const x = kernelImage(call.input, target);
  const y = kernelImage(call.output, target);
  const w = target.weights(call.weights);
  const n = padChannels(y.channels, "u8");
  const [a, c] = [x.at(0), y.at(0)];
  return () => kernels.gemmQ8(x.batch, n, x.padded, a, x.pixel, w, c, y.pixel, 0, 0);
}
