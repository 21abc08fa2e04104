/**
 * Calls of the float kernels.
 *
 * @module
 */
import { ACTIVATION } from "../../src/runtime/engines/kernels/module.ts";
import { type ActivationName, half, type Maker, PLACES, roundUp, taps } from "./case.ts";

const { x: X, w: W, y: Y, scratch: S } = PLACES;

/** Code and bounds, as the kernels take them. */
export const ACTIVATIONS: Record<ActivationName, readonly [number, number, number]> = {
  none: [ACTIVATION.none, 0, 0],
  relu: [ACTIVATION.clamp, 0, 1e30],
  hardswish: [ACTIVATION.hardswish, 0, 0],
};

export const makerF32: Maker = {
  pointwise: (layer, m, n, k, activation = "none", residual = false) => ({
    layer: `${layer} ${m}×${n}×${k}${residual ? " + residual" : ""}`,
    kernel: "gemmF32",
    args: [
      m,
      roundUp(n, 4),
      roundUp(k, 4),
      X,
      4 * roundUp(k, 4),
      W,
      Y,
      4 * roundUp(n, 4),
      residual ? X : 0,
      4 * roundUp(n, 4),
      ...ACTIVATIONS[activation],
    ],
    macs: m * n * k,
    bytes: 4 * (m * k + (residual ? 2 : 1) * m * n + roundUp(n, 8) * (k + 1)),
  }),

  depthwise(layer, [h, w], c, kernel, stride, dilation, activation) {
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
        ...ACTIVATIONS[activation],
      ],
      macs: c * taps(h, oh, kernel, stride, dilation, pad) * taps(w, ow, kernel, stride, dilation, pad),
      bytes: 4 * c * (h * w + oh * ow),
    };
  },

  dense(layer, [h, w], cin, cout, d, activation) {
    const map = [X, w * 4 * cin, 4 * cin, h, w, Y, w * 4 * cout, 4 * cout, 0, h, w, cin, cout, W];
    // As the engine does on maps and channels of these sizes (`lower/window.ts`).
    const winograd = d === 1;
    const act = ACTIVATIONS[activation];
    return {
      layer: `${layer} 3×3${d > 1 ? ` d${d}` : ""} ${h}×${w}×${cin}→${cout}`,
      kernel: winograd ? "convWinogradF32" : "convF32",
      args: winograd ? [...map, 1, 1, 0, ...act, S] : [...map, 3, 3, 1, 1, d, d, d, d, 0, ...act],
      macs: cin * cout * taps(h, h, 3, 1, d, d) * taps(w, w, 3, 1, d, d),
      bytes: 4 * (h * w * (cin + cout) + cin * cout * 9),
    };
  },

  stem(layer, [h, w]) {
    const [oh, ow] = [half(h), half(w)];
    const row = 12 * (w + 2);
    return [
      {
        layer: `${layer} rows ${h}×${w}`,
        kernel: "inputRowsU8",
        args: [X, 3 * w, h, w, S, row, 1, w + 2, W],
        macs: 0,
        bytes: 3 * h * w + h * row,
      },
      {
        layer: `${layer} stem ${oh}×${ow}×16`,
        kernel: "stemF32",
        args: [S, row, 2 * row, 24, Y, 64 * ow, 64, oh, ow, 16, W, 3, 9, ...ACTIVATIONS.hardswish],
        macs: 27 * 16 * oh * ow,
        bytes: h * row + 64 * oh * ow,
      },
    ];
  },

  sum: (layer, m, c) => ({
    layer: `${layer} ${m}×${c}`,
    kernel: "sumPixelsF32",
    args: [m, c, X, 4 * c, Y, 0, 1 / m],
    macs: 0,
    bytes: 4 * m * c,
  }),

  scale: (layer, m, c) => ({
    layer: `${layer} ${m}×${c}`,
    kernel: "binaryF32",
    args: [2, m, c, X, 4 * c, W, 0, Y, 4 * c, 0, 0, 0],
    macs: 0,
    bytes: 8 * m * c,
  }),

  resize: (layer, [h, w], [oh, ow], c) => ({
    layer: `${layer} ${h}×${w}→${oh}×${ow}×${c}`,
    kernel: "resizeBilinearF32",
    args: [X, 4 * c * w, 4 * c, h, w, Y, 4 * c * ow, 4 * c, 0, oh, ow, c, h / oh, w / ow, 0.5],
    macs: 0,
    bytes: 4 * c * (h * w + oh * ow),
  }),
};
