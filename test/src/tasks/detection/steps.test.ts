/** Properties of the steps that torchvision's own examples do not reach. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchedNms } from "../../../../src/runtime/tasks/detection/nms.ts";
import { assignLevels, featureLevels, roiAlign } from "../../../../src/runtime/tasks/detection/roi-align.ts";
import { argsortDescending, topK } from "../../../../src/runtime/tasks/detection/sort.ts";

const float = fc.float({ noNaN: true });
const score = fc.float({ min: 0, max: 1, noNaN: true });

describe("argsortDescending", () => {
  it("is a stable sort, infinities and both zeros among the values", () => {
    const values = fc.array(fc.oneof(float, fc.constantFrom(0, -0, Infinity, -Infinity, 1, 1)));
    fc.assert(
      fc.property(values, fc.nat(8), (list, k) => {
        const array = Float32Array.from(list);
        // As differences of infinities are not numbers, values are compared, not subtracted.
        const expected = [...array.keys()].sort(
          (a, b) => Number(array[a] < array[b]) - Number(array[a] > array[b]),
        );
        expect([...argsortDescending(array)]).toEqual(expected);
        expect([...topK(array, k)]).toEqual(expected.slice(0, k));
      }),
      { numRuns: 500 },
    );
  });

  it("orders what is not a number, too, and loses nothing", () => {
    const order = argsortDescending(Float32Array.of(1, Number.NaN, 2, Number.NaN));
    expect([...order].sort()).toEqual([0, 1, 2, 3]);
  });
});

describe("batchedNms", () => {
  const side = fc.integer({ min: 0, max: 20 });
  const boxes = fc.array(fc.tuple(side, side, side, side, score, fc.nat(2)), { maxLength: 40 });

  it("keeps no two of a group that overlap, and drops none without a better one that covers it", () => {
    fc.assert(
      fc.property(boxes, fc.constantFrom(0.10001, 0.30001, 0.50001, 0.70001), (list, threshold) => {
        const flat = Float32Array.from(list.flatMap(([x, y, w, h]) => [x, y, x + w + 1, y + h + 1]));
        const scores = Float32Array.from(list.map((one) => one[4]));
        const groups = list.map((one) => one[5]);
        const iou = (a: number, b: number) => {
          const [ax, ay, aX, aY] = flat.subarray(a * 4);
          const [bx, by, bX, bY] = flat.subarray(b * 4);
          const width = Math.max(0, Math.min(aX, bX) - Math.max(ax, bx));
          const height = Math.max(0, Math.min(aY, bY) - Math.max(ay, by));
          const both = width * height;
          return both / ((aX - ax) * (aY - ay) + (bX - bx) * (bY - by) - both);
        };
        const covers = (a: number, b: number) => groups[a] === groups[b] && iou(a, b) > threshold;
        const kept = [...batchedNms(flat, scores, groups, threshold)];
        kept.forEach((one, rank) => {
          for (const better of kept.slice(0, rank)) {
            expect(scores[better]).toBeGreaterThanOrEqual(scores[one]);
            expect(covers(better, one)).toBe(false);
          }
        });
        for (const one of list.keys()) {
          if (!kept.includes(one))
            expect(kept.some((k) => covers(k, one) && scores[k] >= scores[one])).toBe(true);
        }
      }),
      // Overlaps of whole coordinates are fractions of small numbers: none comes close to these thresholds.
      { numRuns: 300 },
    );
  });

  it("keeps one of a thousand and more that tie", () => {
    for (const count of [1000, 1500]) {
      const boxes = Float32Array.from({ length: count * 4 }, (_, i) => [1, 2, 30, 40][i % 4]);
      const groups = new Uint8Array(count);
      expect([...batchedNms(boxes, new Float32Array(count).fill(1), groups, 0.5)]).toEqual([0]);
    }
  });

  it("takes no boxes", () => {
    expect(batchedNms(new Float32Array(0), new Float32Array(0), [], 0.5)).toHaveLength(0);
  });
});

describe("roiAlign", () => {
  it("is constant on constant features, within the picture", () => {
    // Up to the last feature: a thin region is widened to one feature, and beyond the border samples count as zero.
    const coordinate = fc.float({ min: 0, max: 48, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, (a, b, c, d) => {
        const feature = { dims: [1, 2, 4, 4], data: new Float32Array(32).map((_, i) => (i < 16 ? 3 : -5)) };
        const levels = featureLevels([feature], { width: 64, height: 64 });
        const region = Float32Array.of(Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d));
        const { data } = roiAlign(levels, region, assignLevels(levels, region));
        for (let i = 0; i < data.length; i++) expect(data[i]).toBeCloseTo(i < 49 ? 3 : -5, 4);
      }),
    );
  });
});
