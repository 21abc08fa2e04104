import fc from "fast-check";
import { describe, it } from "vitest";
import { padded, placeMap } from "./maps.ts";
import { type BuildName, expectClose, openSandbox, type Sandbox } from "./sandbox.ts";

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly scale: number;
  readonly size: number;
  readonly sampling: number;
  readonly boxes: readonly (readonly [number, number, number, number])[];
}

/** torchvision/csrc/ops/cpu/roi_align_kernel.cpp, aligned = false, for one box and channel-last values. */
function reference(values: Float32Array, one: Case, box: readonly number[]): number[] {
  const { height, width, channels, scale, size, sampling } = one;
  const f = Math.fround;
  const [x1, y1, x2, y2] = box.map((v) => f(f(v) * f(scale))) as [number, number, number, number];
  const binW = f(Math.max(f(x2 - x1), 1) / size);
  const binH = f(Math.max(f(y2 - y1), 1) / size);
  const result: number[] = [];
  for (let py = 0; py < size; py++) {
    for (let px = 0; px < size; px++) {
      const sums = new Float64Array(channels);
      for (let iy = 0; iy < sampling; iy++) {
        for (let ix = 0; ix < sampling; ix++) {
          let sy = f(f(y1 + f(py * binH)) + f(f((iy + 0.5) * binH) / sampling));
          let sx = f(f(x1 + f(px * binW)) + f(f((ix + 0.5) * binW) / sampling));
          if (sy < -1 || sy > height || sx < -1 || sx > width) continue;
          sy = Math.min(Math.max(sy, 0), height - 1);
          sx = Math.min(Math.max(sx, 0), width - 1);
          const top = Math.floor(sy);
          const left = Math.floor(sx);
          const bottom = Math.min(top + 1, height - 1);
          const right = Math.min(left + 1, width - 1);
          for (let c = 0; c < channels; c++) {
            const at = (y: number, x: number) => values[(y * width + x) * channels + c] as number;
            const upper = at(top, left) * (1 - (sx - left)) + at(top, right) * (sx - left);
            const lower = at(bottom, left) * (1 - (sx - left)) + at(bottom, right) * (sx - left);
            sums[c] = (sums[c] as number) + upper * (1 - (sy - top)) + lower * (sy - top);
          }
        }
      }
      for (const sum of sums) result.push(sum / (sampling * sampling));
    }
  }
  return result;
}

function check(sandbox: Sandbox, one: Case, shuffled: boolean): void {
  sandbox.reset();
  const { height, width, channels, boxes, size } = one;
  const x = placeMap(sandbox, { height, width, channels }, 3);
  const rois = sandbox.input(boxes.flat());
  const slots = shuffled
    ? sandbox.inputBytes(new Uint8Array(Int32Array.from(boxes, (_, i) => boxes.length - 1 - i).buffer))
    : 0;
  const wide = padded(channels);
  const pixels = boxes.length * size * size;
  const y = sandbox.output(4 * wide * pixels);
  sandbox.run((kernels) =>
    kernels.roiAlignF32(
      x.at,
      x.row,
      x.pixel,
      height,
      width,
      wide,
      boxes.length,
      rois,
      slots,
      one.scale,
      size,
      one.sampling,
      y,
    ),
  );
  const all = sandbox.floats(y, wide * pixels);
  const actual: number[] = [];
  for (let i = 0; i < pixels; i++) actual.push(...all.subarray(i * wide, i * wide + channels));
  const ordered = shuffled ? [...boxes].reverse() : boxes;
  expectClose(
    actual,
    ordered.flatMap((box) => reference(x.values, one, box)),
    1e-4,
  );
}

describe.each<BuildName>(["relaxed", "simd"])("roiAlignF32, %s", (build) => {
  const sandbox = openSandbox(build);

  it("agrees with torchvision's loops, on and off the map", () => {
    const number = fc.integer({ min: -80, max: 400 }).map((v) => v / 2);
    const one = fc.record({
      height: fc.integer({ min: 1, max: 10 }),
      width: fc.integer({ min: 1, max: 10 }),
      channels: fc.integer({ min: 1, max: 9 }),
      scale: fc.constantFrom(1 / 16, 1 / 32, 0.25),
      size: fc.constantFrom(1, 2, 7),
      sampling: fc.constantFrom(1, 2, 3),
      boxes: fc.array(fc.tuple(number, number, number, number), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(one, fc.boolean(), (c, shuffled) => check(sandbox, c, shuffled)),
      { numRuns: 200 },
    );
  });
});
