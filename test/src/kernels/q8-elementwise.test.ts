import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QuantizedOutput } from "../../../src/runtime/engines/kernels/module-q8.ts";
import { sumFactors } from "../../../src/runtime/engines/kernels/packing/sum-q8.ts";
import { quantizeValue } from "../../../src/runtime/engines/kernels/quantization.ts";
import { forEachTap, type SlidingWindow, slid } from "./maps.ts";
import { noiseBytes, OUTPUTS, requantized, roundEven, stored } from "./q8-reference.ts";
import { type BuildName, noise, openSandbox } from "./sandbox.ts";

const f = Math.fround;
const LINEAR = OUTPUTS[1] as QuantizedOutput;
const { lo, hi, zero } = LINEAR;

describe.each<BuildName>(["relaxed", "simd"])("bytes element by element, %s", (build) => {
  const sandbox = openSandbox(build);
  const [m, c] = [5, 24];
  const a = noiseBytes(m * c, 3);
  const b = noiseBytes(m * c, 5);

  it("adds and multiplies, by element and by channel, in place too", () => {
    for (const ldb of [c, 0]) {
      for (const inPlace of [false, true]) {
        sandbox.reset();
        const atB = sandbox.inputBytes(b);
        const sum = sandbox.output(m * c);
        const product = sandbox.output(m * c);
        const atA = sandbox.inputBytes(a);
        const copy = sandbox.output(m * c);
        const identity = sandbox.inputBytes(Uint8Array.from({ length: 256 }, (_, i) => i));
        sandbox.run((kernels) => {
          kernels.addQ8(m, c, atA, c, atB, ldb, sum, c, 100, 0.7, 30, 1.3, 1.1, zero, lo, hi);
          kernels.mulQ8(m, c, atA, c, atB, ldb, product, c, 100, 30, 0.011, zero, lo, hi);
          if (inPlace) {
            kernels.lookupQ8(m, c, atA, c, copy, c, identity);
            kernels.addQ8(m, c, copy, c, atB, ldb, copy, c, 100, 0.7, 30, 1.3, 1.1, zero, lo, hi);
          }
        });
        const sums = sandbox.bytes(sum, m * c);
        const products = sandbox.bytes(product, m * c);
        for (let i = 0; i < m * c; i++) {
          const p = (a[i] as number) - 100;
          const q = (b[ldb === 0 ? i % c : i] as number) - 30;
          const sum = f(f(f(f(p * f(0.7)) + f(q * f(1.3))) / f(1.1)) + zero);
          expect(sums[i]).toBe(roundEven(Math.min(Math.max(sum, lo + zero), hi + zero)));
          expect(products[i]).toBe(stored(f(p * f(q * f(0.011))), LINEAR));
        }
        if (inPlace) expect(sandbox.bytes(copy, m * c)).toEqual(sums);
      }
    }
  });

  it("adds by integers as by division", () => {
    const byte = fc.nat(255);
    const scale = fc.double({ min: 0.01, max: 0.2, noNaN: true });
    const pair = fc.record({
      zeroA: byte,
      zeroB: byte,
      zero: byte,
      scaleA: scale,
      scaleB: scale,
      room: scale,
    });
    let found = 0;
    fc.assert(
      fc.property(pair, fc.constantFrom(8, 16, 40), fc.boolean(), (one, channels, subtract) => {
        // Sums fill the range of y, or a part of it.
        const step = (one.scaleA + one.scaleB) * (0.3 + 5 * one.room);
        const scaleB = subtract ? -one.scaleB : one.scaleB;
        const terms = [
          one.zeroA,
          one.scaleA,
          one.zeroB,
          scaleB,
          step,
          one.zero,
          5 - one.zero,
          250 - one.zero,
        ] as const;
        const factors = sumFactors(sandbox.kernels, terms);
        if (!factors) return;
        found++;
        sandbox.reset();
        const rows = 65_536 / 256;
        const atA = sandbox.inputBytes(Uint8Array.from({ length: 65_536 }, (_, i) => i >> 8));
        const atB = sandbox.inputBytes(Uint8Array.from({ length: 65_536 }, (_, i) => i));
        const divided = sandbox.output(65_536);
        const fixed = sandbox.output(65_536);
        sandbox.run((kernels) => {
          kernels.addQ8(rows, 256, atA, 256, atB, 256, divided, 256, ...terms);
          for (let at = 0; at < 256; at += channels) {
            const width = Math.min(channels, 256 - at);
            kernels.addFixedQ8(
              rows,
              width,
              atA + at,
              256,
              atB + at,
              256,
              fixed + at,
              256,
              ...factors,
              5,
              250,
            );
          }
        });
        expect(sandbox.bytes(fixed, 65_536)).toEqual(sandbox.bytes(divided, 65_536));
      }),
      { numRuns: 30 },
    );
    expect(found).toBeGreaterThan(20);
  });

  it("finds no integers for ties that go to even numbers, nor for factors out of range", () => {
    expect(sumFactors(sandbox.kernels, [0, 0.5, 0, 0.5, 1, 0, 0, 255])).toBeUndefined();
    expect(sumFactors(sandbox.kernels, [0, 0.5, 0, 0.1, 0.1, 0, 0, 255])).toBeUndefined();
  });

  it("gates channels by any factor", () => {
    const byte = fc.nat(255);
    const one = fc.record({
      pixels: fc.integer({ min: 1, max: 4 }),
      channels: fc.constantFrom(8, 16, 24, 40),
      zeroA: byte,
      zeroB: byte,
      zero: byte,
      lo: fc.integer({ min: -300, max: 300 }),
      hi: fc.integer({ min: -300, max: 300 }),
      exponent: fc.double({ min: -6, max: 12, noNaN: true }),
    });
    fc.assert(
      fc.property(one, ({ pixels, channels, zeroA, zeroB, exponent, ...bounds }) => {
        sandbox.reset();
        const output = {
          ...LINEAR,
          zero: bounds.zero,
          lo: Math.max(Math.min(bounds.lo, bounds.hi) + 0.5, -bounds.zero),
          hi: Math.max(Math.min(Math.max(bounds.lo, bounds.hi), 255 - bounds.zero), -bounds.zero),
        };
        if (output.lo > output.hi) return;
        const scale = f(10 ** exponent);
        const x = noiseBytes(pixels * channels, 3);
        const gate = noiseBytes(channels, 5);
        const atX = sandbox.inputBytes(x);
        const atGate = sandbox.inputBytes(gate);
        const y = sandbox.output(pixels * channels);
        sandbox.run((kernels) =>
          kernels.mulQ8(
            pixels,
            channels,
            atX,
            channels,
            atGate,
            0,
            y,
            channels,
            zeroA,
            zeroB,
            scale,
            output.zero,
            output.lo,
            output.hi,
          ),
        );
        const found = sandbox.bytes(y, pixels * channels);
        for (let i = 0; i < found.length; i++) {
          const factor = f(((gate[i % channels] as number) - zeroB) * scale);
          expect(found[i]).toBe(stored(f(((x[i] as number) - zeroA) * factor), output));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("looks values up", () => {
    sandbox.reset();
    const table = noiseBytes(256, 11);
    const atX = sandbox.inputBytes(a);
    const atTable = sandbox.inputBytes(table);
    const y = sandbox.output(m * c);
    sandbox.run((kernels) => kernels.lookupQ8(m, c, atX, c, y, c, atTable));
    expect(Array.from(sandbox.bytes(y, m * c))).toEqual(Array.from(a, (value) => table[value]));
  });

  it("quantizes and dequantizes, with any multiple of four channels", () => {
    for (const channels of [4, 8, 12, 20]) {
      sandbox.reset();
      const values = noise(m * channels, 7).map((value) => value * 40);
      values[0] = 0.25; // Exactly between two steps.
      values[1] = 0.75;
      values[2] = 1e9;
      values[3] = -1e9;
      const scale = 0.5;
      const rows = { rows: m, length: channels, stride: 4 * channels + 16 };
      const atX = sandbox.inputRows(values, rows);
      const stride = channels + 4;
      const bytes = sandbox.outputRows({ rows: m, length: channels / 4, stride });
      const floats = sandbox.outputRows(rows);
      sandbox.run((kernels) => {
        kernels.quantizeF32(m, channels, atX, rows.stride, bytes, stride, scale, zero, lo, hi);
        kernels.dequantizeQ8(m, channels, bytes, stride, floats, rows.stride, scale, zero);
      });
      const back = sandbox.rows(floats, rows);
      for (let i = 0; i < m; i++) {
        const found = sandbox.bytes(bytes + i * stride, channels);
        for (let j = 0; j < channels; j++) {
          const expected = stored(f((values[i * channels + j] as number) / scale), LINEAR);
          expect(found[j]).toBe(expected);
          expect(back[i * channels + j]).toBe((expected - zero) * scale);
        }
      }
    }
  });

  it("quantizes as one number after the other is, any float and every tie", () => {
    const any = fc.oneof(
      fc.float(),
      fc.float({ min: -300, max: 300 }),
      // Halves, and their neighbours once divided.
      fc.integer({ min: -600, max: 600 }).map((steps) => steps / 2),
    );
    const one = fc.record({
      values: fc.array(any, { minLength: 8, maxLength: 8 }),
      scale: fc.oneof(fc.constant(1), fc.float({ min: f(1e-3), max: 10, noNaN: true })),
      zero: fc.integer({ min: 0, max: 255 }),
    });
    const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
    fc.assert(
      fc.property(one, ({ values, scale, zero: zeroPoint }) => {
        sandbox.reset();
        const floats = Float32Array.of(...specials, ...values);
        const x = sandbox.input(floats);
        const y = sandbox.output(floats.length);
        sandbox.run((kernels) =>
          kernels.quantizeF32(1, floats.length, x, 0, y, 0, scale, zeroPoint, -zeroPoint, 255 - zeroPoint),
        );
        const expected = Uint8Array.from(floats, (value) => quantizeValue(value, { scale, zero: zeroPoint }));
        expect(sandbox.bytes(y, floats.length)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("sums pixels and makes means of them", () => {
    for (const pixels of [1, 7, 49, 257, 258, 1000]) {
      sandbox.reset();
      const x = noiseBytes(pixels * 16, 3);
      if (pixels === 258) x.fill(255);
      const atX = sandbox.inputBytes(x);
      const sums = sandbox.output(64);
      const y = sandbox.output(16);
      const split = pixels >> 1;
      const scale = 1.7 / pixels;
      sandbox.run((kernels) => {
        kernels.sumPixelsQ8(split, 16, atX, 16, sums, 0);
        kernels.sumPixelsQ8(pixels - split, 16, atX + 16 * split, 16, sums, 1);
        kernels.requantizeQ8(16, sums, -pixels * 90, scale, y, zero, lo, hi);
      });
      const found = sandbox.bytes(y, 16);
      for (let ch = 0; ch < 16; ch++) {
        let sum = -pixels * 90;
        for (let i = 0; i < pixels; i++) sum += x[i * 16 + ch] as number;
        expect(found[ch]).toBe(requantized(sum, scale, LINEAR));
      }
    }
  });

  it("takes maxima for any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const window = fc.record({
      kernel: pair(1, 4),
      stride: pair(1, 3),
      dilation: fc.constant([1, 1] as const),
      pads: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    });
    const size = fc.record({ height: fc.integer({ min: 1, max: 8 }), width: fc.integer({ min: 1, max: 8 }) });
    fc.assert(
      fc.property(size, window, ({ height, width }, win: SlidingWindow) => {
        sandbox.reset();
        const map = { height, width, channels: 8 };
        const out = slid(map, win, 8);
        if (out.height < 1 || out.width < 1) return;
        const x = noiseBytes(height * width * 8, 3);
        const atX = sandbox.inputBytes(x);
        const y = sandbox.output(out.height * out.width * 8);
        const { kernel, stride, pads } = win;
        sandbox.run((kernels) =>
          kernels.maxPoolQ8(
            atX,
            width * 8,
            8,
            height,
            width,
            y,
            out.width * 8,
            8,
            0,
            out.height,
            out.width,
            8,
            kernel[0],
            kernel[1],
            stride[0],
            stride[1],
            pads[0],
            pads[1],
          ),
        );
        const expected = new Uint8Array(out.height * out.width * 8);
        forEachTap(map, out, win, (o, i) => {
          for (let ch = 0; ch < 8; ch++) {
            expected[o * 8 + ch] = Math.max(expected[o * 8 + ch] as number, x[i * 8 + ch] as number);
          }
        });
        expect(sandbox.bytes(y, expected.length)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("averages any window", () => {
    const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
    const window = fc.record({
      kernel: pair(1, 5),
      stride: pair(1, 3),
      dilation: fc.constant([1, 1] as const),
      pads: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    });
    const size = fc.record({ height: fc.integer({ min: 1, max: 8 }), width: fc.integer({ min: 1, max: 8 }) });
    const wide = { kernel: [2, 300], stride: [1, 1], dilation: [1, 1], pads: [0, 0, 0, 0] } as const;
    const average = (
      { height, width }: { height: number; width: number },
      win: SlidingWindow,
      count: number,
    ) => {
      sandbox.reset();
      const map = { height, width, channels: 8 };
      const out = slid(map, win, 8);
      if (out.height < 1 || out.width < 1) return;
      const x = noiseBytes(height * width * 8, 3, height > 1 ? 0 : 200);
      const atX = sandbox.inputBytes(x);
      const y = sandbox.output(out.height * out.width * 8);
      const { kernel, stride, pads } = win;
      const row = out.width * 8;
      const scale = 1.3;
      sandbox.run((kernels) =>
        kernels.averagePoolQ8(
          atX,
          width * 8,
          8,
          height,
          width,
          y,
          row,
          8,
          0,
          out.height,
          out.width,
          8,
          kernel[0],
          kernel[1],
          stride[0],
          stride[1],
          pads[0],
          pads[1],
          count,
          90,
          scale,
          zero,
          lo,
          hi,
        ),
      );
      const sums = new Int32Array(out.height * row);
      const pixels = new Int32Array(sums.length);
      forEachTap(map, out, win, (o, i) => {
        for (let ch = 0; ch < 8; ch++) {
          sums[o * 8 + ch] = (sums[o * 8 + ch] as number) + (x[i * 8 + ch] as number) - 90;
          pixels[o * 8 + ch] = (pixels[o * 8 + ch] as number) + 1;
        }
      });
      const found = sandbox.bytes(y, sums.length);
      sums.forEach((sum, i) => {
        const by = count ? kernel[0] * kernel[1] : Math.max(1, pixels[i] as number);
        expect(found[i]).toBe(requantized(sum, f(f(scale) / by), LINEAR));
      });
    };
    fc.assert(
      fc.property(size, window, fc.nat(1), (map, win: SlidingWindow, count) => average(map, win, count)),
      { numRuns: 100 },
    );
    average({ height: 2, width: 305 }, wide, 0);
  });

  it("resizes to the nearest", () => {
    sandbox.reset();
    const [height, width, channels] = [3, 4, 24];
    const [outHeight, outWidth] = [5, 7];
    const x = noiseBytes(height * width * channels, 3);
    const atX = sandbox.inputBytes(x);
    const y = sandbox.output(outHeight * outWidth * channels);
    const [scaleY, scaleX] = [f(height / outHeight), f(width / outWidth)];
    sandbox.run((kernels) =>
      kernels.resizeNearestQ8(
        atX,
        width * channels,
        channels,
        height,
        width,
        y,
        outWidth * channels,
        channels,
        0,
        outHeight,
        outWidth,
        channels,
        scaleY,
        scaleX,
        0,
      ),
    );
    const found = sandbox.bytes(y, outHeight * outWidth * channels);
    for (let i = 0; i < found.length; i++) {
      const ch = i % channels;
      const ox = Math.floor(i / channels) % outWidth;
      const oy = Math.floor(i / channels / outWidth);
      const from = Math.floor(f(oy * scaleY)) * width + Math.floor(f(ox * scaleX));
      expect(found[i]).toBe(x[from * channels + ch]);
    }
  });

  it("resizes bilinearly", () => {
    const sizes = fc.record({
      height: fc.integer({ min: 1, max: 7 }),
      width: fc.integer({ min: 1, max: 7 }),
      outHeight: fc.integer({ min: 1, max: 11 }),
      outWidth: fc.integer({ min: 1, max: 11 }),
    });
    fc.assert(
      fc.property(sizes, ({ height, width, outHeight, outWidth }) => {
        sandbox.reset();
        const x = noiseBytes(height * width * 8, 3);
        const atX = sandbox.inputBytes(x);
        const y = sandbox.output(outHeight * outWidth * 8);
        const [scaleY, scaleX] = [f(height / outHeight), f(width / outWidth)];
        sandbox.run((kernels) =>
          kernels.resizeBilinearQ8(
            atX,
            width * 8,
            8,
            height,
            width,
            y,
            outWidth * 8,
            8,
            0,
            outHeight,
            outWidth,
            8,
            scaleY,
            scaleX,
            0.5,
          ),
        );
        const found = sandbox.bytes(y, outHeight * outWidth * 8);
        const place = (o: number, scale: number, size: number) =>
          Math.min(Math.max(f(f(f(o + 0.5) * scale) - 0.5), 0), size - 1);
        const mix = (p: number, q: number, t: number) => f(p + f(f(q - p) * t));
        const whole: QuantizedOutput = { mode: 0, lo: 0, hi: 255, zero: 0 };
        for (let oy = 0; oy < outHeight; oy++) {
          const sy = place(oy, scaleY, height);
          const y0 = Math.floor(sy);
          for (let ox = 0; ox < outWidth; ox++) {
            const sx = place(ox, scaleX, width);
            const x0 = Math.floor(sx);
            for (let ch = 0; ch < 8; ch++) {
              const at = (r: number, s: number) =>
                x[(Math.min(r, height - 1) * width + Math.min(s, width - 1)) * 8 + ch] as number;
              const top = mix(at(y0, x0), at(y0, x0 + 1), f(sx - x0));
              const bottom = mix(at(y0 + 1, x0), at(y0 + 1, x0 + 1), f(sx - x0));
              const expected = stored(mix(top, bottom, f(sy - y0)), whole);
              expect(found[(oy * outWidth + ox) * 8 + ch]).toBe(expected);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
