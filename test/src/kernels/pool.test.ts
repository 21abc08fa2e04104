import fc from "fast-check";
import { describe, it } from "vitest";
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

type Mode = "max" | "average" | "average with padding";

function check(sandbox: Sandbox, map: MapShape, window: SlidingWindow, mode: Mode): void {
  sandbox.reset();
  const { channels } = map;
  const out = slid(map, window, channels);
  if (out.height < 1 || out.width < 1) return;
  const x = placeMap(sandbox, map, 3);
  const y = roomForMap(sandbox, out);
  const { kernel, stride, pads } = window;
  sandbox.run((kernels) => {
    const args = [
      x.at,
      x.row,
      x.pixel,
      x.height,
      x.width,
      y.at,
      y.row,
      y.pixel,
      0,
      out.height,
      out.width,
      padded(channels),
      kernel[0],
      kernel[1],
      stride[0],
      stride[1],
      pads[0],
      pads[1],
    ] as const;
    if (mode === "max") kernels.maxPoolF32(...args);
    else kernels.averagePoolF32(...args, mode === "average" ? 0 : 1);
  });
  const size = out.height * out.width;
  const results = new Float64Array(size * channels).fill(mode === "max" ? Number.NEGATIVE_INFINITY : 0);
  const counts = new Float64Array(size);
  forEachTap(map, out, window, (o, i) => {
    counts[o] = (counts[o] as number) + 1;
    for (let c = 0; c < channels; c++) {
      const at = o * channels + c;
      const value = x.values[i * channels + c] as number;
      results[at] = mode === "max" ? Math.max(results[at] as number, value) : (results[at] as number) + value;
    }
  });
  if (mode !== "max") {
    for (let i = 0; i < results.length; i++) {
      const count =
        mode === "average" ? Math.max(1, counts[Math.floor(i / channels)] as number) : kernel[0] * kernel[1];
      results[i] = (results[i] as number) / count;
    }
  }
  // Infinities of windows on padding alone compare as a large number.
  const finite = (values: ArrayLike<number>) => Array.from(values, (v) => Math.max(v, -99));
  expectClose(finite(readMap(sandbox, y)), finite(results), 1e-6);
}

describe.each<BuildName>(["relaxed", "simd"])("pooling, %s", (build) => {
  const sandbox = openSandbox(build);

  it("agrees with plain loops for any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const window = fc.record({
      kernel: pair(1, 5),
      stride: pair(1, 3),
      dilation: fc.constant([1, 1] as const),
      pads: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    });
    const map = fc.record({
      height: fc.integer({ min: 1, max: 9 }),
      width: fc.integer({ min: 1, max: 9 }),
      channels: fc.integer({ min: 1, max: 9 }),
    });
    const mode = fc.constantFrom<Mode[]>("max", "average", "average with padding");
    fc.assert(
      fc.property(map, window, mode, (m, w, how) => check(sandbox, m, w, how)),
      { numRuns: 300 },
    );
  });

  it("sums pixels, whole and in bands", () => {
    for (const [m, c] of [
      [1, 4],
      [7, 8],
      [8, 4],
      [9, 12],
      [49, 20],
      [17, 36],
    ] as const) {
      sandbox.reset();
      const rows = { rows: m, length: c, stride: 4 * (c + 4) };
      const values = noise(m * c, 3);
      const x = sandbox.inputRows(values, rows);
      const whole = sandbox.output(4 * c);
      const banded = sandbox.output(4 * c);
      const split = m >> 1;
      sandbox.run((kernels) => {
        kernels.sumPixelsF32(m, c, x, rows.stride, whole, 0, 1 / m);
        kernels.sumPixelsF32(split, c, x, rows.stride, banded, 0, 1);
        kernels.sumPixelsF32(m - split, c, x + split * rows.stride, rows.stride, banded, 1, 1 / m);
      });
      const expected = Array.from({ length: c }, (_, j) => {
        let sum = 0;
        for (let i = 0; i < m; i++) sum += values[i * c + j] as number;
        return sum / m;
      });
      expectClose(sandbox.floats(whole, c), expected);
      expectClose(sandbox.floats(banded, c), expected);
    }
  });
});
