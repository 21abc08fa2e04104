import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { depthwiseQ8ScratchBytes } from "../../../src/runtime/engines/kernels/module/convolution-q8.ts";
import { fitsQuads, packDepthwiseQ8, q8Path } from "../../../src/runtime/engines/kernels/packing/q8.ts";
import { forEachTap, type SlidingWindow, slid } from "./maps.ts";
import { noiseBytes, noiseWeights, OUTPUTS, requantized, scaleFor } from "./q8-reference.ts";
import { type BuildName, noise, openSandbox, type Sandbox } from "./sandbox.ts";

const pad8 = (count: number) => (count + 7) & ~7;

/** Weights up to this of a 3×3 kernel fit quads always: the middle row's are divided between its neighbours', 3 · 85 ≤ 2 · 128. */
const SHARED_LIMIT = 85;

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly window: SlidingWindow;
  readonly zero: number;
  readonly output: (typeof OUTPUTS)[number];
  /** Largest weight. Those of 7 bits go by quads where the kernel is 3×3 or 5×5, its steps fit and the processor's dot products allow it. */
  readonly limit: number;
  /** For a map as large as the kernel: bytes that make sums as large as they can be, or as small. */
  readonly extreme?: "largest" | "smallest";
}

function check(
  sandbox: Sandbox,
  { height, width, channels, window, zero, output, limit, extreme }: Case,
): void {
  sandbox.reset();
  const { kernel, stride, dilation, pads } = window;
  const taps = kernel[0] * kernel[1];
  const out = slid({ height, width, channels }, window, channels);
  if (out.height < 1 || out.width < 1) return;
  const c8 = pad8(channels);
  const x = noiseBytes(height * width * c8, 3);
  const weights = noiseWeights(channels * taps, 5, limit);
  for (let i = 0; extreme && i < channels * taps; i++) {
    x[(i % taps) * c8 + Math.floor(i / taps)] =
      (weights[i] as number) > 0 === (extreme === "largest") ? 255 : 0;
  }
  // Biases may be larger than a float holds exactly.
  const bias = Int32Array.from(noise(channels, 7), (v, c) => (c % 5 === 4 ? 123_456_789 : v * 20_000));
  const scales = Float32Array.from(noise(channels, 9), (v) => scaleFor(taps, output) * (1 + 0.3 * v));
  const layer = {
    outputs: channels,
    inputs: 1,
    taps,
    rows: kernel[0],
    weights,
    bias,
    scales,
    inputZero: zero,
    output,
  };
  const packed = packDepthwiseQ8(
    layer,
    fitsQuads(stride[1], dilation[1]) ? q8Path(sandbox.kernels.dotPathQ8()) : undefined,
  );
  const atX = sandbox.inputBytes(x);
  const atW = sandbox.inputBytes(packed);
  const scratch = sandbox.output(depthwiseQ8ScratchBytes(c8, out.width, kernel, stride, dilation));
  const y = sandbox.output(c8 * out.width * out.height);
  const middle = Math.ceil(out.height / 3);
  sandbox.run((kernels) => {
    for (const [from, to] of [
      [0, middle],
      [middle, out.height],
    ] as const) {
      kernels.depthwiseQ8(
        atX,
        width * c8,
        c8,
        height,
        width,
        y + from * out.width * c8,
        out.width * c8,
        c8,
        from,
        to,
        out.width,
        c8,
        atW,
        kernel[0],
        kernel[1],
        stride[0],
        stride[1],
        dilation[0],
        dilation[1],
        pads[0],
        pads[1],
        scratch,
      );
    }
  });
  const sums = new Float64Array(out.height * out.width * channels);
  for (let i = 0; i < sums.length; i++) sums[i] = bias[i % channels] as number;
  forEachTap({ height, width, channels }, out, window, (o, i, t) => {
    for (let c = 0; c < channels; c++) {
      sums[o * channels + c] =
        (sums[o * channels + c] as number) +
        ((x[i * c8 + c] as number) - zero) * (weights[c * taps + t] as number);
    }
  });
  const found = sandbox.bytes(y, c8 * out.width * out.height);
  for (let i = 0; i < sums.length; i++) {
    const c = i % channels;
    const expected = requantized(sums[i] as number, scales[c] as number, output);
    const actual = found[Math.floor(i / channels) * c8 + c];
    if (actual !== expected) expect.fail(`element ${i}: ${actual} instead of ${expected}`);
  }
}

describe.each<BuildName>(["relaxed", "simd"])("depthwiseQ8, %s", (build) => {
  const sandbox = openSandbox(build, 64);

  it("does the networks' kernels at every width, more channels than a chunk", () => {
    for (const kernel of [3, 5]) {
      for (const [stride, dilation] of [
        [1, 1],
        [2, 1],
        [1, 2],
      ] as const) {
        const pad = (kernel >> 1) * dilation;
        const window: SlidingWindow = {
          kernel: [kernel, kernel],
          stride: [stride, stride],
          dilation: [dilation, dilation],
          pads: [pad, pad, pad, pad],
        };
        for (const width of [1, 2, 3, 7, 8, 14, 15]) {
          check(sandbox, {
            limit: width % 2 === 0 ? 127 : 63,
            height: 13,
            width,
            channels: 24,
            window,
            zero: 128,
            output: OUTPUTS[2] as Case["output"],
          });
        }
        check(sandbox, {
          limit: 63,
          height: 9,
          width: 60,
          channels: 136,
          window,
          zero: 3,
          output: OUTPUTS[0] as Case["output"],
        });
        // More results in a row than sums wait at a time.
        check(sandbox, {
          limit: 63,
          height: 5,
          width: 270,
          channels: 8,
          window,
          zero: 7,
          output: OUTPUTS[1] as Case["output"],
        });
      }
    }
  });

  it.each(["largest", "smallest"] as const)("holds the %s sums that there are", (extreme) => {
    for (const kernel of [3, 5]) {
      for (const limit of [50, 57, 63, 64, SHARED_LIMIT, 127]) {
        check(sandbox, {
          height: kernel,
          width: kernel,
          channels: 512,
          window: { kernel: [kernel, kernel], stride: [1, 1], dilation: [1, 1], pads: [0, 0, 0, 0] },
          zero: 0,
          output: OUTPUTS[0] as Case["output"],
          limit,
          extreme,
        });
      }
    }
  });

  it("agrees with plain sums for any 3×3 or 5×5 window of stride 1 or 2", () => {
    const one = fc.record({
      height: fc.integer({ min: 1, max: 14 }),
      width: fc.integer({ min: 1, max: 12 }),
      channels: fc.integer({ min: 1, max: 40 }),
      window: fc.record({
        kernel: fc.constantFrom([3, 3] as const, [5, 5] as const),
        stride: fc.constantFrom([1, 1] as const, [2, 2] as const, [2, 1] as const, [1, 2] as const),
        dilation: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        pads: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
      }),
      zero: fc.nat(255),
      output: fc.constantFrom(...OUTPUTS),
      limit: fc.constantFrom(63, 64, SHARED_LIMIT, 127),
    });
    fc.assert(
      fc.property(one, (shape) => check(sandbox, shape)),
      { numRuns: 150 },
    );
  });

  it("agrees with plain sums for any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const one = fc.record({
      height: fc.integer({ min: 1, max: 14 }),
      width: fc.integer({ min: 1, max: 12 }),
      channels: fc.integer({ min: 1, max: 20 }),
      window: fc.record({
        kernel: pair(1, 5),
        stride: pair(1, 3),
        dilation: pair(1, 3),
        pads: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
      }),
      zero: fc.nat(255),
      output: fc.constantFrom(...OUTPUTS),
      limit: fc.constantFrom(63, 127),
    });
    fc.assert(
      fc.property(one, (shape) => check(sandbox, shape)),
      { numRuns: 200 },
    );
  });
});
