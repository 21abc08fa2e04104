/** Histograms and the ranges that are chosen from them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binCenter, count, createHistogram, merge } from "../../../tools/quantize/histogram.ts";
import { MAX_BYTE, parametersOf } from "../../../tools/quantize/parameters.ts";
import { chooseRange, type RangeMethod } from "../../../tools/quantize/range.ts";
import { noiseFrom } from "../engines/random-graphs.ts";

const numbers = fc.float32Array({ min: -1e6, max: 1e6, noNaN: true, minLength: 1, maxLength: 200 });
const METHODS: readonly RangeMethod[] = ["error", "divergence", "percentile", "extremes"];

describe("histogram", () => {
  test("counts every number within half a bin of where it is, however its range grew", () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 5 }), (parts) => {
        const histogram = createHistogram();
        for (const part of parts) count(histogram, part);
        const all = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
        const counted = Array.from(histogram.counts).flatMap((many, bin) =>
          Array.from({ length: many }, () => binCenter(histogram, bin)),
        );
        expect(counted).toHaveLength(all.length);
        counted.forEach((center, i) => {
          expect(Math.abs(center - all[i])).toBeLessThanOrEqual(histogram.width * 0.501);
        });
        expect([histogram.min, histogram.max]).toEqual([
          Math.min(0, all[0]),
          Math.max(0, all[all.length - 1]),
        ]);
      }),
    );
  });

  test("two merged are as one that saw both", () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const [one, two, both] = [createHistogram(), createHistogram(), createHistogram()];
        count(one, a);
        count(two, b);
        merge(one, two);
        count(both, a);
        count(both, b);
        expect(one.counts.reduce((sum, x) => sum + x)).toBe(a.length + b.length);
        if (one.width === both.width) expect(one.counts).toEqual(both.counts);
        expect([one.min, one.max]).toEqual([both.min, both.max]);
      }),
    );
  });
});

describe("parameters", () => {
  test("zero stands on a byte, and both ends are within half a step of one", () => {
    const end = fc.float({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(end, end, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { scale, zeroPoint } = parametersOf(low, high);
        expect(zeroPoint).toBe(Math.round(zeroPoint));
        for (const x of [low, high]) {
          const byte = Math.max(0, Math.min(MAX_BYTE, Math.round(x / scale) + zeroPoint));
          expect(Math.abs((byte - zeroPoint) * scale - x)).toBeLessThanOrEqual(scale * 0.5001 + 1e-30);
        }
      }),
    );
  });
});

describe("ranges", () => {
  /** Mean squared error of numbers that go through bytes. */
  const errorOf = (data: Float32Array, { scale, zeroPoint }: ReturnType<typeof parametersOf>) =>
    data.reduce((sum, x) => {
      const byte = Math.max(0, Math.min(MAX_BYTE, Math.round(x / scale) + zeroPoint));
      return sum + ((byte - zeroPoint) * scale - x) ** 2;
    }, 0) / data.length;

  test("the range of least error has less error than any other method's", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 1, max: 6, noNaN: true }), (seed, peak) => {
        // Powers of uniform noise have the long tails that activations have.
        const data = noiseFrom(seed)(5000).map(
          (x) => Math.sign(x) * Math.abs(x) ** (2 * peak) * 50 + 0.2 * x,
        );
        const histogram = createHistogram();
        count(histogram, data);
        const least = errorOf(data, chooseRange(histogram, "error"));
        for (const method of METHODS) {
          expect(least).toBeLessThanOrEqual(errorOf(data, chooseRange(histogram, method)) * 1.1);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("what never leaves zero has a range, too", () => {
    const histogram = createHistogram();
    count(histogram, new Float32Array(10));
    for (const method of METHODS) expect(chooseRange(histogram, method)).toEqual({ scale: 1, zeroPoint: 0 });
  });
});
