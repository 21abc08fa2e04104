/**
 * Calls of the kernels with the shapes of real layers.
 *
 * @module
 */

import type { Kernels } from "../../src/runtime/engines/kernels/module.ts";
import { ACTIVATION } from "../../src/runtime/engines/kernels/module.ts";
import type { Bottleneck } from "../../tools/networks/mobilenet-v3-settings.ts";
import { mobilenetV3Settings } from "../../tools/networks/mobilenet-v3-settings.ts";

/** One call of a kernel. */
export interface KernelCase {
  /** Networks' layers that look like this. */
  readonly layer: string;
  readonly kernel: keyof Kernels;
  readonly args: readonly number[];
  /** Multiply-adds, padding not counted; 0 where memory alone counts. */
  readonly macs: number;
  /** Bytes read and written, each once. */
  readonly bytes: number;
}

/** Places in the Worker's memory, far enough apart for every case: input, weights, output, scratch. */
const X = 1 << 20;
const W = 48 << 20;
const Y = 112 << 20;
const S = 152 << 20;

const HARDSWISH = [ACTIVATION.hardswish, 0, 0] as const;
const RELU = [ACTIVATION.clamp, 0, 1e30] as const;
const LINEAR = [ACTIVATION.none, 0, 0] as const;

type Activation = readonly [number, number, number];

const pad4 = (n: number) => (n + 3) & ~3;
const pad8 = (n: number) => (n + 7) & ~7;

/** A pointwise convolution of `m` pixels. */
export function pointwise(
  layer: string,
  m: number,
  n: number,
  k: number,
  act: Activation = LINEAR,
): KernelCase {
  return {
    layer: `${layer} ${m}×${n}×${k}`,
    kernel: "gemmF32",
    args: [m, pad4(n), pad4(k), X, 4 * pad4(k), W, Y, 4 * pad4(n), 0, 0, ...act],
    macs: m * n * k,
    bytes: 4 * (m * k + m * n + pad8(n) * (k + 1)),
  };
}

/** A depthwise convolution with padding that keeps the size (divided by the stride). */
export function depthwise(
  layer: string,
  size: readonly [number, number],
  c: number,
  kernel: number,
  stride: number,
  dilation: number,
  act: Activation,
): KernelCase {
  const [h, w] = size;
  const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
  const pad = (kernel >> 1) * dilation;
  const pixel = 4 * c;
  return {
    layer: `${layer} ${kernel}×${kernel}${stride === 2 ? "/2" : ""}${dilation > 1 ? ` d${dilation}` : ""} ${h}×${w}×${c}`,
    kernel: "depthwiseF32",
    args: [
      X,
      w * pixel,
      pixel,
      h,
      w,
      Y,
      ow * pixel,
      pixel,
      0,
      oh,
      ow,
      c,
      W,
      kernel,
      kernel,
      stride,
      stride,
      dilation,
      dilation,
      pad,
      pad,
      ...act,
    ],
    macs: c * taps(h, oh, kernel, stride, dilation, pad) * taps(w, ow, kernel, stride, dilation, pad),
    bytes: 4 * c * (h * w + oh * ow),
  };
}

/** Taps on the map, summed over the outputs of one axis. */
function taps(
  size: number,
  out: number,
  kernel: number,
  stride: number,
  dilation: number,
  pad: number,
): number {
  let count = 0;
  for (let o = 0; o < out; o++) {
    for (let t = 0; t < kernel; t++) {
      const i = o * stride - pad + t * dilation;
      if (i >= 0 && i < size) count++;
    }
  }
  return count;
}

/** A dense 3×3 convolution. */
export function dense(
  layer: string,
  size: readonly [number, number],
  cin: number,
  cout: number,
  dilation: number,
  act: Activation,
): KernelCase {
  const [h, w] = size;
  return {
    layer: `${layer} 3×3${dilation > 1 ? ` d${dilation}` : ""} ${h}×${w}×${cin}→${cout}`,
    kernel: "convF32",
    args: [
      X,
      w * 4 * cin,
      4 * cin,
      h,
      w,
      Y,
      w * 4 * cout,
      4 * cout,
      0,
      h,
      w,
      cin,
      cout,
      W,
      3,
      3,
      1,
      1,
      dilation,
      dilation,
      dilation,
      dilation,
      0,
      ...act,
    ],
    macs: cin * cout * taps(h, h, 3, 1, dilation, dilation) * taps(w, w, 3, 1, dilation, dilation),
    bytes: 4 * (h * w * (cin + cout) + cin * cout * 9),
  };
}

const half = (n: number) => Math.ceil(n / 2);

/** The layers of a MobileNetV3 backbone, and its classifier where the input is square. */
export function backbone(
  name: string,
  bottlenecks: readonly Bottleneck[],
  input: readonly [number, number],
): KernelCase[] {
  const cases: KernelCase[] = [];
  let size: [number, number] = [half(input[0]), half(input[1])];
  cases.push(...stem(name, input));
  for (const one of bottlenecks) {
    const act = one.activation === "HS" ? HARDSWISH : RELU;
    const pixels = size[0] * size[1];
    if (one.expanded !== one.input)
      cases.push(pointwise(`${name} expand`, pixels, one.expanded, one.input, act));
    const stride = one.dilation > 1 ? 1 : one.stride;
    cases.push(depthwise(`${name} depthwise`, size, one.expanded, one.kernel, stride, one.dilation, act));
    if (stride === 2) size = [half(size[0]), half(size[1])];
    const out = size[0] * size[1];
    if (one.useSe) {
      const squeeze = Math.max(8, Math.floor((one.expanded / 4 + 4) / 8) * 8);
      cases.push(sums(name, out, one.expanded), pointwise(`${name} squeeze`, 1, squeeze, one.expanded, RELU));
      cases.push(pointwise(`${name} excite`, 1, one.expanded, squeeze), scaling(name, out, one.expanded));
    }
    cases.push(pointwise(`${name} project`, out, one.output, one.expanded));
  }
  const last = bottlenecks.at(-1)?.output ?? 0;
  cases.push(pointwise(`${name} last`, size[0] * size[1], 6 * last, last, HARDSWISH));
  return cases;
}

function stem(name: string, [h, w]: readonly [number, number]): KernelCase[] {
  const [oh, ow] = [half(h), half(w)];
  return [
    {
      layer: `${name} unfold ${h}×${w}`,
      kernel: "unfoldU8",
      args: [X, 3 * w, h, w, Y, 112, 0, oh, ow, 3, 3, 2, 2, 1, 1, W, S],
      macs: 0,
      bytes: 3 * h * w + 112 * oh * ow,
    },
    pointwise(`${name} stem`, oh * ow, 16, 28, HARDSWISH),
  ];
}

function sums(name: string, m: number, c: number): KernelCase {
  return {
    layer: `${name} pool ${m}×${c}`,
    kernel: "sumPixelsF32",
    args: [m, c, X, 4 * c, Y, 0, 1 / m],
    macs: 0,
    bytes: 4 * m * c,
  };
}

function scaling(name: string, m: number, c: number): KernelCase {
  return {
    layer: `${name} scale ${m}×${c}`,
    kernel: "binaryF32",
    args: [2, m, c, X, 4 * c, W, 0, Y, 4 * c, 0, 0, 0],
    macs: 0,
    bytes: 8 * m * c,
  };
}

function resize(
  layer: string,
  from: readonly [number, number],
  to: readonly [number, number],
  c: number,
): KernelCase {
  const [h, w] = from;
  const [oh, ow] = to;
  return {
    layer: `${layer} ${h}×${w}→${oh}×${ow}×${c}`,
    kernel: "resizeBilinearF32",
    args: [X, 4 * c * w, 4 * c, h, w, Y, 4 * c * ow, 4 * c, 0, oh, ow, c, h / oh, w / ow, 0.5],
    macs: 0,
    bytes: 4 * c * (h * w + oh * ow),
  };
}

/** All cases by the network that they come from. */
export function networkCases(): Record<string, KernelCase[]> {
  const large = mobilenetV3Settings("large").bottlenecks;
  const small = mobilenetV3Settings("small").bottlenecks;
  const dilated = mobilenetV3Settings("large", { dilated: true }).bottlenecks;
  const map33: [number, number] = [33, 44];
  return {
    large: [
      ...backbone("large", large, [224, 224]),
      pointwise("large classifier", 1, 1280, 960, HARDSWISH),
      pointwise("large classifier", 1, 1000, 1280),
    ],
    small: [
      ...backbone("small", small, [224, 224]),
      pointwise("small classifier", 1, 1024, 576, HARDSWISH),
      pointwise("small classifier", 1, 1000, 1024),
    ],
    lraspp: [
      ...backbone("lraspp", dilated, [520, 693]),
      pointwise("lraspp head", 33 * 44, 128, 960, RELU),
      resize("lraspp resize", map33, [65, 87], 128),
      pointwise("lraspp low", 65 * 87, 24, 40),
      pointwise("lraspp high", 65 * 87, 24, 128),
    ],
    deeplab: [
      pointwise("deeplab aspp 1×1", 33 * 44, 256, 960, RELU),
      dense("deeplab aspp", map33, 960, 256, 12, RELU),
      dense("deeplab aspp", map33, 960, 256, 24, RELU),
      dense("deeplab aspp", map33, 960, 256, 36, RELU),
      pointwise("deeplab project", 33 * 44, 256, 1280, RELU),
      dense("deeplab head", map33, 256, 256, 1, RELU),
      pointwise("deeplab scores", 33 * 44, 24, 256),
      {
        layer: "deeplab argmax 520×693",
        kernel: "argmaxResizedF32",
        args: [X, 4 * 24 * 44, 96, 33, 44, 21, Y, 693, 0, 520, 693, 33 / 520, 44 / 693, 0.5, S],
        macs: 0,
        bytes: 4 * 24 * 33 * 44 + 520 * 693,
      },
    ],
    fasterrcnn: [
      pointwise("fpn lateral", 25 * 42, 256, 160),
      pointwise("fpn lateral", 25 * 42, 256, 960),
      dense("fpn layer", [25, 42], 256, 256, 1, LINEAR),
      dense("fpn layer 320", [10, 20], 256, 256, 1, LINEAR),
      dense("rpn pool", [13, 21], 256, 256, 1, RELU),
      pointwise("fc6", 128, 1024, 12544, RELU),
      fc6Half(),
      pointwise("fc7", 128, 1024, 1024, RELU),
      pointwise("fc6 of 150", 150, 1024, 12544, RELU),
      {
        layer: "roi align 150 of 10×20×256",
        kernel: "roiAlignF32",
        args: [X, 4 * 256 * 20, 1024, 10, 20, 256, 128, W, 0, 10, 7, 2, Y],
        macs: 128 * 49 * 4 * 4 * 256,
        bytes: 128 * 49 * 1024,
      },
    ],
  };
}

/** fc6 with weights stored as fp16. */
function fc6Half(): KernelCase {
  const [m, n, k] = [128, 1024, 12544];
  return {
    layer: `fc6 fp16 ${m}×${n}×${k}`,
    kernel: "gemmF32W16",
    args: [m, n, k, X, 4 * k, W, Y, 4 * n, 0, 0, ...RELU, S],
    macs: m * n * k,
    bytes: 4 * m * (n + k) + 2 * n * k,
  };
}
