import fc from "fast-check";
import { describe, it } from "vitest";
import { padded, placeMap, readMap, roomForMap } from "./maps.ts";
import { type BuildName, expectClose, openSandbox, type Sandbox } from "./sandbox.ts";

type Mode = "half_pixel" | "asymmetric" | "align_corners";

interface Case {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly mode: Mode;
}

function scaleOf(input: number, output: number, mode: Mode): number {
  if (mode !== "align_corners") return Math.fround(input / output);
  return output > 1 ? Math.fround((input - 1) / (output - 1)) : 0;
}

/** Position of an output in the input, in single precision as the kernel (and torch) computes it. */
function position(o: number, scale: number, shift: number, size: number): number {
  const at = Math.fround(Math.fround(Math.fround(o + shift) * scale) - shift);
  return Math.min(Math.max(at, 0), size - 1);
}

/** The resized map, `[outHeight][outWidth][channels]`. */
function resized(values: Float32Array, shape: Case): Float64Array {
  const { height, width, channels, outHeight, outWidth, mode } = shape;
  const shift = mode === "half_pixel" ? 0.5 : 0;
  const out = new Float64Array(outHeight * outWidth * channels);
  for (let oy = 0; oy < outHeight; oy++) {
    const sy = position(oy, scaleOf(height, outHeight, mode), shift, height);
    const y0 = Math.floor(sy);
    const y1 = Math.min(y0 + 1, height - 1);
    for (let ox = 0; ox < outWidth; ox++) {
      const sx = position(ox, scaleOf(width, outWidth, mode), shift, width);
      const x0 = Math.floor(sx);
      const x1 = Math.min(x0 + 1, width - 1);
      for (let c = 0; c < channels; c++) {
        const at = (y: number, x: number) => values[(y * width + x) * channels + c] as number;
        const top = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * (sx - x0);
        const bottom = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * (sx - x0);
        out[(oy * outWidth + ox) * channels + c] = top + (bottom - top) * (sy - y0);
      }
    }
  }
  return out;
}

function checkBilinear(sandbox: Sandbox, shape: Case): void {
  sandbox.reset();
  const { height, width, channels, outHeight, outWidth, mode } = shape;
  const x = placeMap(sandbox, { height, width, channels }, 3);
  const y = roomForMap(sandbox, { height: outHeight, width: outWidth, channels });
  const shift = mode === "half_pixel" ? 0.5 : 0;
  const middle = outHeight >> 1;
  sandbox.run((kernels) => {
    for (const [from, to] of [
      [0, middle],
      [middle, outHeight],
    ] as const) {
      kernels.resizeBilinearF32(
        x.at,
        x.row,
        x.pixel,
        height,
        width,
        y.at + from * y.row,
        y.row,
        y.pixel,
        from,
        to,
        outWidth,
        padded(channels),
        scaleOf(height, outHeight, mode),
        scaleOf(width, outWidth, mode),
        shift,
      );
    }
  });
  expectClose(readMap(sandbox, y), resized(x.values, shape), 1e-6);
}

const cases = fc.record({
  height: fc.integer({ min: 1, max: 8 }),
  width: fc.integer({ min: 1, max: 8 }),
  channels: fc.integer({ min: 1, max: 22 }),
  outHeight: fc.integer({ min: 1, max: 13 }),
  outWidth: fc.integer({ min: 1, max: 13 }),
  mode: fc.constantFrom<Mode[]>("half_pixel", "asymmetric", "align_corners"),
});

describe.each<BuildName>(["relaxed", "simd"])("resizing, %s", (build) => {
  const sandbox = openSandbox(build);

  it("is bilinear for any sizes", () => {
    fc.assert(
      fc.property(cases, (shape) => checkBilinear(sandbox, shape)),
      { numRuns: 200 },
    );
  });

  it("takes the nearest, and adds it where asked", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (shape, add) => {
        sandbox.reset();
        const { height, width, channels, outHeight, outWidth, mode } = shape;
        const shift = mode === "half_pixel" ? 0.5 : 0;
        const x = placeMap(sandbox, { height, width, channels }, 3);
        const y = roomForMap(sandbox, { height: outHeight, width: outWidth, channels });
        const scaleY = Math.fround(height / outHeight);
        const scaleX = Math.fround(width / outWidth);
        const args = [
          x.at,
          x.row,
          x.pixel,
          height,
          width,
          y.at,
          y.row,
          y.pixel,
          0,
          outHeight,
          outWidth,
          padded(channels),
          scaleY,
          scaleX,
          shift,
        ] as const;
        sandbox.run((kernels) => {
          kernels.resizeNearestF32(...args, 0);
          if (add) kernels.resizeNearestF32(...args, 1);
        });
        const expected: number[] = [];
        const pick = (o: number, scale: number, size: number) =>
          Math.min(Math.floor(Math.fround(Math.fround(o + shift) * scale)), size - 1);
        for (let oy = 0; oy < outHeight; oy++) {
          for (let ox = 0; ox < outWidth; ox++) {
            const pixel = pick(oy, scaleY, height) * width + pick(ox, scaleX, width);
            for (let c = 0; c < channels; c++)
              expected.push((add ? 2 : 1) * (x.values[pixel * channels + c] as number));
          }
        }
        expectClose(readMap(sandbox, y), expected, 1e-7);
      }),
      { numRuns: 200 },
    );
  });
});
