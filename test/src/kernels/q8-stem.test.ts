import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pixelMap } from "../../../src/runtime/engines/kernels/bind/bytes/pixel-map.ts";
import { byteStemScratch, unfoldedBytes } from "../../../src/runtime/engines/kernels/lower/byte-stem.ts";
import { PIXEL_MAP_BYTES } from "../../../src/runtime/engines/kernels/module/input-q8.ts";
import { quantizeValue } from "../../../src/runtime/engines/kernels/quantization.ts";
import { noiseBytes } from "./q8-reference.ts";
import { type BuildName, openSandbox } from "./sandbox.ts";

const IMAGENET = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
/** What ImageNet's pixels span, in 255 steps. */
const WHOLE = { scale: Math.fround(0.018658), zero: 114 };
/** Real numbers halfway between two steps: which way each goes, no line of single precision knows. */
const HALVES = { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
const HALF_STEPS = { scale: Math.fround(2 / 255), zero: 128 };

const picture = (normalisation: typeof IMAGENET | typeof HALVES) => ({
  height: 1,
  width: 1,
  pixels: new Uint8Array(3),
  ...normalisation,
});

describe("the map of pixels", () => {
  it("finds a line where one gives what the tables do", () => {
    expect(pixelMap(picture(IMAGENET), WHOLE).affine).toBe(true);
    expect(pixelMap(picture(HALVES), HALF_STEPS).affine).toBe(false);
  });
});

describe.each<BuildName>(["relaxed", "simd"])("a stem of bytes, %s", (build) => {
  const sandbox = openSandbox(build);

  it("maps every byte of every channel as quantizing its normalised self does, by line or by table", () => {
    for (const [normalisation, to] of [
      [IMAGENET, WHOLE],
      [IMAGENET, { scale: Math.fround(0.011), zero: 200 }],
      [HALVES, HALF_STEPS],
    ] as const) {
      const image = picture(normalisation);
      const { bytes, affine } = pixelMap(image, to);
      // Each byte is red, green and blue once.
      const x = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
      for (const way of affine ? [1, 0] : [0]) {
        sandbox.reset();
        const at = sandbox.inputBytes([...x, ...new Uint8Array(24)]);
        const map = sandbox.inputBytes(bytes);
        const y = sandbox.output(768 + 24);
        sandbox.run((kernels) => kernels.pixelRowsQ8(at, 768, 1, 256, y, 768, 0, 256, map, way, to.zero));
        const { scale, mean, std } = image;
        const expected = x.map((byte, i) =>
          quantizeValue((byte * scale - (mean[i % 3] ?? 0)) / (std[i % 3] ?? 1), to),
        );
        expect(sandbox.bytes(y, 768)).toEqual(expected);
      }
    }
  });

  it("brings rows and unfolds them, for any kernel", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const one = fc.record({
      blockRows: fc.integer({ min: 1, max: 3 }),
      width: fc.integer({ min: 1, max: 19 }),
      kernel: pair(1, 7),
      stride: pair(1, 3),
      left: fc.nat(3),
      right: fc.nat(3),
    });
    fc.assert(
      fc.property(one, ({ blockRows, width, kernel, stride, left, right }) => {
        sandbox.reset();
        const outWidth = Math.floor((left + width + right - kernel[1]) / stride[1]) + 1;
        if (outWidth < 1) return;
        const window = { kernel, stride, pads: [0, left, 0, right] } as const;
        const sizes = byteStemScratch(width, outWidth, blockRows, window);
        const { columns, row } = sizes;
        const rows = (blockRows - 1) * stride[0] + kernel[0];
        const x = noiseBytes(rows * width * 3, 3);
        const bytes = new Uint8Array(PIXEL_MAP_BYTES);
        const tables = noiseBytes(768, 5);
        bytes.set(tables, PIXEL_MAP_BYTES - 768);
        const scratch = sandbox.output(sizes.bytes);
        const map = sandbox.inputBytes(bytes);
        const at = sandbox.inputBytes([...x, ...new Uint8Array(24)]);
        const ld = unfoldedBytes(kernel);
        const brought = scratch + sizes.rows;
        const unfolded = scratch + sizes.unfolded;
        const run = 3 * kernel[1];
        sandbox.run((kernels) => {
          kernels.pixelRowsQ8(at, 3 * width, rows, width, brought, row, left, columns, map, 0, 77);
          kernels.unfoldQ8(
            brought,
            row,
            stride[0] * row,
            stride[1] * 3,
            unfolded,
            ld,
            blockRows,
            outWidth,
            kernel[0],
            run,
          );
        });
        for (let i = 0; i < blockRows * outWidth; i++) {
          const [oy, ox] = [Math.floor(i / outWidth), i % outWidth];
          const expected = new Uint8Array(kernel[0] * run).fill(77);
          for (let ky = 0; ky < kernel[0]; ky++) {
            for (let kx = 0; kx < kernel[1]; kx++) {
              const column = ox * stride[1] + kx - left;
              if (column < 0 || column >= width) continue;
              const from = ((oy * stride[0] + ky) * width + column) * 3;
              for (let c = 0; c < 3; c++) {
                expected[ky * run + kx * 3 + c] = tables[256 * c + (x[from + c] as number)] as number;
              }
            }
          }
          expect(sandbox.bytes(unfolded + i * ld, expected.length)).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});
