import fc from "fast-check";
import { describe, it } from "vitest";
import { unfoldedLayout } from "../../../src/runtime/engines/kernels/packing/layout.ts";
import { packBias, packWeights } from "../../../src/runtime/engines/kernels/packing/pack.ts";
import { forEachTap, padded, readMap, roomForMap, type SlidingWindow, slid } from "./maps.ts";
import { type BuildName, expectClose, noise, openSandbox, type Sandbox } from "./sandbox.ts";

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly cout: number;
  readonly window: SlidingWindow;
  readonly bytes: boolean;
}

const NORM = [1 / 58.4, 1 / 57.1, 1 / 57.4, -2.1, -2.0, -1.8];

/** Convolves in two bands, and compares with sums over the taps on the image. */
function check(sandbox: Sandbox, { height, width, channels, cout, window, bytes }: Case): void {
  sandbox.reset();
  const taps = window.kernel[0] * window.kernel[1];
  const out = slid({ height, width, channels }, window, cout);
  if (out.height < 1 || out.width < 1) return;
  const { kernel, stride, pads } = window;
  const weights = noise(cout * channels * taps, 5);
  const bias = noise(cout, 7);
  const layout = unfoldedLayout(cout, channels, taps);
  const packed = new Float32Array(layout.elements);
  packWeights(layout, packed, 0, weights);
  packBias(layout, packed, bias);
  const w = sandbox.input(packed);
  const raw = Uint8Array.from(noise(height * width * channels, 3), (v) => 127.5 + 127.5 * v);
  /** `[height][width][channels]`, normalised. */
  const values = Float32Array.from(raw, (byte, i) =>
    bytes ? byte * (NORM[i % 3] as number) + (NORM[3 + (i % 3)] as number) : byte / 255,
  );
  let at: number;
  let norm = 0;
  if (bytes) {
    at = sandbox.inputBytes(raw);
    norm = sandbox.input(NORM);
  } else {
    const planes = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      planes[(i % channels) * height * width + Math.floor(i / channels)] = values[i] as number;
    }
    at = sandbox.input(planes);
  }
  const columns = Math.max(pads[1] + width, (out.width - 1) * stride[1] + kernel[1]);
  const row = 4 * (channels * columns + 1);
  const y = roomForMap(sandbox, out);
  const middle = out.height >> 1;
  for (const [from, to] of [
    [0, middle],
    [middle, out.height],
  ] as const) {
    if (from === to) continue;
    const top = from * stride[0] - pads[0];
    const bottom = (to - 1) * stride[0] - pads[0] + kernel[0];
    const first = Math.min(height, Math.max(0, top));
    const last = Math.max(first, Math.min(height, bottom));
    const shape = { rows: bottom - top, length: channels * columns, stride: row };
    const rows = sandbox.outputRows(shape, new Float32Array(shape.rows * shape.length));
    const inside = rows + (first - top) * row;
    sandbox.run((kernels) => {
      if (bytes) {
        const start = at + first * 3 * width;
        kernels.inputRowsU8(start, 3 * width, last - first, width, inside, row, pads[1], columns, norm);
      } else {
        const start = at + first * 4 * width;
        const plane = 4 * height * width;
        kernels.inputRowsF32(
          start,
          plane,
          4 * width,
          last - first,
          width,
          channels,
          inside,
          row,
          pads[1],
          columns,
        );
      }
      kernels.stemF32(
        rows,
        row,
        stride[0] * row,
        stride[1] * channels * 4,
        y.at + from * y.row,
        y.row,
        y.pixel,
        to - from,
        out.width,
        padded(cout),
        w,
        kernel[0],
        kernel[1] * channels,
        0,
        0,
        0,
      );
    });
  }
  const sums = new Float64Array(out.height * out.width * cout);
  for (let i = 0; i < sums.length; i++) sums[i] = bias[i % cout] as number;
  forEachTap({ height, width, channels }, out, window, (o, i, t) => {
    for (let n = 0; n < cout; n++) {
      for (let c = 0; c < channels; c++) {
        sums[o * cout + n] =
          (sums[o * cout + n] as number) +
          (values[i * channels + c] as number) * (weights[(n * channels + c) * taps + t] as number);
      }
    }
  });
  expectClose(readMap(sandbox, y), sums);
}

describe.each<BuildName>(["relaxed", "simd"])("stem, %s", (build) => {
  const sandbox = openSandbox(build);
  const stem: SlidingWindow = { kernel: [3, 3], stride: [2, 2], dilation: [1, 1], pads: [1, 1, 1, 1] };

  it("makes the stem of MobileNetV3 from bytes, at every width", () => {
    for (let width = 1; width <= 14; width++) {
      check(sandbox, { height: 7, width, channels: 3, cout: 16, window: stem, bytes: true });
    }
  });

  it("makes it from planar floats", () => {
    for (let width = 1; width <= 14; width++) {
      check(sandbox, { height: 6, width, channels: 3, cout: 16, window: stem, bytes: false });
    }
  });

  it("agrees with plain sums for any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const one = fc
      .record({
        height: fc.integer({ min: 1, max: 9 }),
        width: fc.integer({ min: 1, max: 9 }),
        channels: fc.integer({ min: 1, max: 5 }),
        cout: fc.integer({ min: 1, max: 9 }),
        kernel: pair(1, 4),
        stride: pair(1, 3),
        pads: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
        bytes: fc.boolean(),
      })
      .map(({ kernel, stride, pads, ...rest }) => ({
        ...rest,
        channels: rest.bytes ? 3 : rest.channels,
        window: { kernel, stride, pads, dilation: [1, 1] as const },
      }));
    fc.assert(
      fc.property(one, (shape) => check(sandbox, shape)),
      { numRuns: 200 },
    );
  });
});
