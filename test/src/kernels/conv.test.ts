import fc from "fast-check";
import { describe, it } from "vitest";
import { winogradScratchBytes } from "../../../src/runtime/engines/kernels/module/convolution.ts";
import { convLayout, transposed2x2Layout } from "../../../src/runtime/engines/kernels/packing/layout.ts";
import { packBias, packWeights } from "../../../src/runtime/engines/kernels/packing/pack.ts";
import { ACTIVATION_CASES, type ActivationCase, activated } from "./activations.ts";
import {
  forEachTap,
  type MapShape,
  padded,
  placeMap,
  readMap,
  roomForMap,
  type SlidingWindow,
  slid,
} from "./maps.ts";
import { type BuildName, expectClose, noise, openSandbox, type Sandbox } from "./sandbox.ts";

const NONE = ACTIVATION_CASES[0] as ActivationCase;

interface Options {
  readonly activation?: ActivationCase;
  readonly residual?: boolean;
  readonly band?: readonly [number, number];
  /** By Winograd's way. */
  readonly winograd?: boolean;
}

/** Runs one convolution and compares it with sums over the taps on the map. */
function check(
  sandbox: Sandbox,
  map: MapShape,
  cout: number,
  window: SlidingWindow,
  options: Options = {},
): void {
  const { activation = NONE, residual = false } = options;
  sandbox.reset();
  const cin = map.channels;
  const taps = window.kernel[0] * window.kernel[1];
  const whole = slid(map, window, cout);
  if (whole.height < 1 || whole.width < 1) return;
  const [from, to] = options.band ?? [0, whole.height];
  const out = { ...whole, height: to - from };
  const x = placeMap(sandbox, map, 3);
  const weights = noise(cout * cin * taps, 5);
  const bias = noise(cout, 7);
  const layout = convLayout(cout, cin, taps);
  const packed = new Float32Array(layout.elements);
  packWeights(layout, packed, 0, weights);
  packBias(layout, packed, bias);
  const w = sandbox.input(packed);
  const extra = residual ? placeMap(sandbox, out, 9) : undefined;
  const y = roomForMap(sandbox, out);
  const { kernel, stride, dilation, pads } = window;
  const scratch = options.winograd
    ? sandbox.output(winogradScratchBytes(padded(cin), to - from, out.width))
    : 0;
  sandbox.run((kernels) => {
    const maps = [
      x.at,
      x.row,
      x.pixel,
      x.height,
      x.width,
      y.at,
      y.row,
      y.pixel,
      from,
      to,
      out.width,
    ] as const;
    const { act, lo, hi } = activation;
    const add = extra?.at ?? 0;
    if (options.winograd) {
      kernels.convWinogradF32(
        ...maps,
        padded(cin),
        padded(cout),
        w,
        pads[0],
        pads[1],
        add,
        act,
        lo,
        hi,
        scratch,
      );
    } else {
      kernels.convF32(
        ...maps,
        padded(cin),
        padded(cout),
        w,
        kernel[0],
        kernel[1],
        stride[0],
        stride[1],
        dilation[0],
        dilation[1],
        pads[0],
        pads[1],
        add,
        act,
        lo,
        hi,
      );
    }
  });
  const sums = new Float64Array(whole.height * whole.width * cout);
  for (let i = 0; i < sums.length; i++) sums[i] = bias[i % cout] as number;
  forEachTap(map, whole, window, (o, i, t) => {
    for (let n = 0; n < cout; n++) {
      let sum = sums[o * cout + n] as number;
      for (let k = 0; k < cin; k++)
        sum += (x.values[i * cin + k] as number) * (weights[(n * cin + k) * taps + t] as number);
      sums[o * cout + n] = sum;
    }
  });
  const part = sums.subarray(from * out.width * cout, to * out.width * cout);
  if (extra)
    for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) + (extra.values[i] as number);
  const expected = Array.from(part, (sum) => activated(sum, activation));
  expectClose(readMap(sandbox, y), expected, options.winograd ? 5e-5 : 2e-5);
}

const square = (kernel: number, stride: number, dilation: number, pad: number): SlidingWindow => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  dilation: [dilation, dilation],
  pads: [pad, pad, pad, pad],
});

describe.each<BuildName>(["relaxed", "simd"])("convF32, %s", (build) => {
  const sandbox = openSandbox(build, 40);

  it("does every width around a tile", () => {
    for (let width = 1; width <= 12; width++) {
      for (const stride of [1, 2])
        check(sandbox, { height: 3, width, channels: 5 }, 9, square(3, stride, 1, 1));
    }
  });

  it("skips taps on padding, as DeepLab's rates have them", () => {
    for (const rate of [2, 5, 6, 12])
      check(sandbox, { height: 11, width: 11, channels: 12 }, 12, square(3, 1, rate, rate));
  });

  it("makes bands, adds residuals, activates", () => {
    for (const activation of ACTIVATION_CASES) {
      check(sandbox, { height: 7, width: 6, channels: 8 }, 12, square(3, 1, 1, 1), {
        activation,
        residual: true,
        band: [2, 5],
      });
    }
  });

  it("agrees with plain sums for any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const window = fc.record({
      kernel: pair(1, 5),
      stride: pair(1, 3),
      dilation: pair(1, 3),
      pads: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
    });
    const map = fc.record({
      height: fc.integer({ min: 1, max: 9 }),
      width: fc.integer({ min: 1, max: 9 }),
      channels: fc.integer({ min: 1, max: 12 }),
    });
    const options = fc.record({ activation: fc.constantFrom(...ACTIVATION_CASES), residual: fc.boolean() });
    fc.assert(
      fc.property(map, fc.integer({ min: 1, max: 20 }), window, options, (m, n, w, o) =>
        check(sandbox, m, n, w, o),
      ),
      { numRuns: 200 },
    );
  });

  it("agrees with plain sums by Winograd's way", () => {
    const map = fc.record({
      height: fc.integer({ min: 1, max: 14 }),
      width: fc.integer({ min: 1, max: 14 }),
      channels: fc.integer({ min: 1, max: 20 }),
    });
    const window = fc
      .tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2))
      .map((pads): SlidingWindow => ({ ...square(3, 1, 1, 0), pads }));
    const options = fc.record({
      activation: fc.constantFrom(NONE, ...ACTIVATION_CASES.slice(1, 4)),
      residual: fc.boolean(),
      winograd: fc.constant(true),
    });
    fc.assert(
      fc.property(map, fc.integer({ min: 1, max: 40 }), window, options, (m, n, w, o) =>
        check(sandbox, m, n, w, o),
      ),
      { numRuns: 150 },
    );
  });

  it("makes bands by Winograd's way, with every activation", () => {
    for (const activation of ACTIVATION_CASES) {
      for (const band of [
        [0, 3],
        [3, 9],
        [9, 10],
      ] as const) {
        const options = { activation, residual: true, band, winograd: true };
        check(sandbox, { height: 10, width: 9, channels: 8 }, 36, square(3, 1, 1, 1), options);
      }
    }
  });

  it.each([
    ["several channels", 11],
    ["one channel", 1],
  ])("transposes 2×2 with stride 2 to %s", (_, most) => {
    for (const [i, activation] of ACTIVATION_CASES.entries()) {
      const [height, width, cin, cout] = [1 + (i % 3), 1 + ((2 * i) % 7), 4 + 3 * i, 1 + ((5 * i) % most)];
      sandbox.reset();
      const x = placeMap(sandbox, { height, width, channels: cin }, 3);
      const weights = noise(cin * cout * 4, 5);
      const bias = noise(cout, 7);
      const layout = transposed2x2Layout(cout, cin);
      const packed = new Float32Array(layout.elements);
      packWeights(layout, packed, 0, weights);
      packBias(layout, packed, bias);
      const w = sandbox.input(packed);
      // Pixels with and without room between them.
      const gap = i % 2 === 0 ? 0 : 4;
      const y = roomForMap(sandbox, { height: 2 * height, width: 2 * width, channels: cout }, gap);
      sandbox.run((kernels) =>
        kernels.transposed2x2F32(
          x.at,
          x.row,
          x.pixel,
          y.at,
          y.row,
          y.pixel,
          height,
          width,
          padded(cin),
          cout,
          w,
          activation.act,
          activation.lo,
          activation.hi,
        ),
      );
      const expected: number[] = [];
      for (let oy = 0; oy < 2 * height; oy++) {
        for (let ox = 0; ox < 2 * width; ox++) {
          for (let n = 0; n < cout; n++) {
            let sum = bias[n] as number;
            for (let k = 0; k < cin; k++) {
              const value = x.values[((oy >> 1) * width + (ox >> 1)) * cin + k] as number;
              sum += value * (weights[(k * cout + n) * 4 + (oy & 1) * 2 + (ox & 1)] as number);
            }
            expected.push(activated(sum, activation));
          }
        }
      }
      expectClose(readMap(sandbox, y), expected, 2e-5);
    }
  });
});
