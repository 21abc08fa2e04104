import fc from "fast-check";
import { describe, it } from "vitest";
import { depthwiseLayout } from "../../../src/runtime/engines/kernels/packing/layout.ts";
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

/** Runs rows `from..to` of one convolution and compares them with sums over the taps on the map. */
function check(
  sandbox: Sandbox,
  map: MapShape,
  window: SlidingWindow,
  activation = NONE,
  band?: readonly [number, number],
): void {
  sandbox.reset();
  const { channels } = map;
  const taps = window.kernel[0] * window.kernel[1];
  const whole = slid(map, window, channels);
  if (whole.height < 1 || whole.width < 1) return;
  const [from, to] = band ?? [0, whole.height];
  const out = { ...whole, height: to - from };
  const x = placeMap(sandbox, map, 3);
  const weights = noise(channels * taps, 5);
  const bias = noise(channels, 7);
  const layout = depthwiseLayout(channels, taps);
  const packed = new Float32Array(layout.elements);
  packWeights(layout, packed, 0, weights);
  packBias(layout, packed, bias);
  const w = sandbox.input(packed);
  const y = roomForMap(sandbox, out);
  const { kernel, stride, dilation, pads } = window;
  sandbox.run((kernels) =>
    kernels.depthwiseF32(
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
      padded(channels),
      w,
      kernel[0],
      kernel[1],
      stride[0],
      stride[1],
      dilation[0],
      dilation[1],
      pads[0],
      pads[1],
      activation.act,
      activation.lo,
      activation.hi,
    ),
  );
  const sums = new Float64Array(whole.height * whole.width * channels);
  for (let i = 0; i < sums.length; i++) sums[i] = bias[i % channels] as number;
  forEachTap(map, whole, window, (o, i, t) => {
    for (let c = 0; c < channels; c++) {
      sums[o * channels + c] =
        (sums[o * channels + c] as number) +
        (x.values[i * channels + c] as number) * (weights[c * taps + t] as number);
    }
  });
  const part = sums.subarray(from * out.width * channels, to * out.width * channels);
  expectClose(
    readMap(sandbox, y),
    Array.from(part, (sum) => activated(sum, activation)),
    2e-6,
  );
}

const square = (kernel: number, stride: number, dilation: number, pad: number): SlidingWindow => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  dilation: [dilation, dilation],
  pads: [pad, pad, pad, pad],
});

describe.each<BuildName>(["relaxed", "simd"])("depthwiseF32, %s", (build) => {
  const sandbox = openSandbox(build);

  it.each([3, 5])("does every width around a group of pixels, kernel %i", (kernel) => {
    for (const stride of [1, 2]) {
      for (const pad of [0, 1, 2]) {
        for (let width = 1; width <= 11; width++) {
          check(sandbox, { height: 4, width, channels: 8 }, square(kernel, stride, 1, pad));
        }
      }
    }
  });

  it.each([3, 5])("dilates, kernel %i", (kernel) => {
    for (const dilation of [2, 3]) {
      for (let width = 1; width <= 20; width++) {
        check(
          sandbox,
          { height: 5, width, channels: 4 },
          square(kernel, 1, dilation, dilation * (kernel >> 1)),
        );
      }
    }
  });

  it.each([1, 2])("does rows of several strips, stride %i", (stride) => {
    for (const width of [48, 49, 97, 98, 195]) {
      check(sandbox, { height: 4, width, channels: 4 }, square(3, stride, 1, 1));
    }
    // Pixels a power of two apart: with a gap of four channels, 512 and 1024 bytes.
    for (const channels of [124, 252]) {
      check(sandbox, { height: 4, width: 31, channels }, square(3, stride, 1, 1));
    }
  });

  it("does odd channel counts", () => {
    for (let channels = 1; channels <= 13; channels++) {
      check(sandbox, { height: 5, width: 6, channels }, square(3, 1, 1, 1));
    }
  });

  it("makes bands of rows", () => {
    for (const window of [square(3, 1, 1, 1), square(5, 2, 1, 2), square(5, 1, 2, 4)]) {
      for (const [from, to] of [
        [0, 1],
        [1, 3],
        [2, 4],
      ] as const) {
        check(sandbox, { height: 8, width: 9, channels: 8 }, window, NONE, [from, to]);
      }
    }
  });

  it.each(ACTIVATION_CASES)("activates: $act", (activation) => {
    check(sandbox, { height: 6, width: 7, channels: 8 }, square(3, 1, 1, 1), activation);
  });

  it("agrees with plain sums for any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const window = fc.oneof(
      fc.record({
        kernel: pair(1, 6),
        stride: pair(1, 3),
        dilation: pair(1, 3),
        pads: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5), fc.nat(5)),
      }),
      fc
        .record({
          kernel: fc.constantFrom(3, 5),
          stride: fc.constantFrom(1, 2),
          dilation: fc.constantFrom(1, 2),
          pad: fc.nat(4),
        })
        .map(({ kernel, stride, dilation, pad }) => square(kernel, stride, dilation, pad)),
    );
    const map = fc.record({
      height: fc.integer({ min: 1, max: 12 }),
      width: fc.integer({ min: 1, max: 14 }),
      channels: fc.integer({ min: 1, max: 13 }),
    });
    fc.assert(
      fc.property(map, window, fc.constantFrom(...ACTIVATION_CASES), (m, w, a) => check(sandbox, m, w, a)),
      { numRuns: 300 },
    );
  });
});
