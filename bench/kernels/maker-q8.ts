/**
 * Calls of the integer kernels. Activations are part of the packed requantization.
 *
 * @module
 */
import { fitsQuads } from "../../src/runtime/engines/kernels/packing/q8.ts";
import { half, type Maker, PLACES, roundUp, taps } from "./case.ts";

const { x: X, w: W, y: Y, scratch: S } = PLACES;

const pad8 = (n: number) => roundUp(n, 8);

export const makerQ8: Maker = {
  pointwise: (layer, m, n, k, activation = "none", residual = false) => ({
    layer: `${layer} ${m}×${n}×${k}${residual ? " + residual" : ""}`,
    kernel: "gemmQ8",
    args: [m, pad8(n), pad8(k), X, pad8(k), W, Y, pad8(n), residual ? X : 0, pad8(n)],
    macs: m * n * k,
    bytes: m * k + (residual ? 2 : 1) * m * n + pad8(n) * k,
    pack: { kind: "matrix", outputs: n, inputs: k, taps: 1, activation },
  }),

  depthwise(layer, [h, w], c, kernel, stride, dilation, activation) {
    const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
    const pad = (kernel >> 1) * dilation;
    return {
      layer: `${layer} ${kernel}×${kernel}${stride === 2 ? "/2" : ""}${dilation > 1 ? ` d${dilation}` : ""} ${h}×${w}×${c}`,
      kernel: "depthwiseQ8",
      args: [
        X,
        w * c,
        c,
        h,
        w,
        Y,
        ow * c,
        c,
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
        S,
      ],
      macs: c * taps(h, oh, kernel, stride, dilation, pad) * taps(w, ow, kernel, stride, dilation, pad),
      bytes: c * (h * w + oh * ow),
      pack: {
        kind: "depthwise",
        outputs: c,
        inputs: 1,
        taps: kernel * kernel,
        activation,
        quads: fitsQuads(stride, dilation),
      },
    };
  },

  dense: (layer, [h, w], cin, cout, d, activation) => ({
    layer: `${layer} 3×3${d > 1 ? ` d${d}` : ""} ${h}×${w}×${cin}→${cout}`,
    kernel: "convQ8",
    args: [X, w * cin, cin, h, w, Y, w * cout, cout, 0, h, w, cin, cout, W, 3, 3, 1, 1, d, d, d, d, 0, S],
    macs: cin * cout * taps(h, h, 3, 1, d, d) * taps(w, w, 3, 1, d, d),
    bytes: h * w * (cin + cout) + cin * cout * 9,
    pack: { kind: "matrix", outputs: cout, inputs: cin, taps: 9, activation },
  }),

  stem(layer, [h, w]) {
    const [oh, ow] = [half(h), half(w)];
    const row = roundUp(3 * (w + 2) + 24, 16);
    return [
      {
        layer: `${layer} pixels ${h}×${w}`,
        kernel: "pixelRowsQ8",
        args: [X, 3 * w, h, w, Y, row, 1, w + 2, W, 1, 128],
        macs: 0,
        bytes: 6 * h * w,
      },
      {
        layer: `${layer} unfold ${h}×${w}`,
        kernel: "unfoldQ8",
        args: [X, row, 2 * row, 6, Y, 32, oh, ow, 3, 9],
        macs: 0,
        bytes: 3 * h * w + 32 * oh * ow,
      },
      makerQ8.pointwise(`${layer} stem`, oh * ow, 16, 27, "hardswish"),
    ];
  },

  sum: (layer, m, c) => ({
    layer: `${layer} ${m}×${c}`,
    kernel: "sumPixelsQ8",
    args: [m, c, X, c, Y, 0],
    macs: 0,
    bytes: m * c,
  }),

  scale: (layer, m, c) => ({
    layer: `${layer} ${m}×${c}`,
    kernel: "mulQ8",
    args: [m, c, X, c, W, 0, Y, c, 128, 0, 0.01, 128, -128, 127],
    macs: 0,
    bytes: 2 * m * c,
  }),

  resize: (layer, [h, w], [oh, ow], c) => ({
    layer: `${layer} ${h}×${w}→${oh}×${ow}×${c}`,
    kernel: "resizeBilinearQ8",
    args: [X, c * w, c, h, w, Y, c * ow, c, 0, oh, ow, c, h / oh, w / ow, 0.5],
    macs: 0,
    bytes: c * (h * w + oh * ow),
  }),
};
