import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  averagePrecision,
  type CocoBox,
  type EvaluatedImage,
  intersectionOverUnion,
} from "../../../tools/evaluate/coco.ts";
import { maskOverlap } from "../../../tools/evaluate/mask-iou.ts";

describe("averagePrecision", () => {
  it("equals pycocotools' on made-up boxes", () => {
    // pycocotools 2.0: eight pictures, five categories (one without objects), found boxes that tie in score.
    const { images, ...expected }: { images: EvaluatedImage[]; ap: number; ap50: number; ap75: number } =
      JSON.parse(readFileSync(new URL("pycocotools.json", import.meta.url), "utf8"));
    const actual = averagePrecision(images);
    for (const key of ["ap", "ap50", "ap75"] as const) expect(actual[key]).toBeCloseTo(expected[key], 9);
  });

  it("is 1 for the truth itself, 0 for nothing, and not a number without objects", () => {
    const bbox: CocoBox = [1, 2, 30, 40];
    const truths = [
      { category: 3, bbox },
      { category: 5, bbox },
    ];
    const found = truths.map((truth) => ({ ...truth, score: 0.5 }));
    expect(averagePrecision([{ truths, found }])).toEqual({ ap: 1, ap50: 1, ap75: 1 });
    expect(averagePrecision([{ truths, found: [] }]).ap).toBe(0);
    expect(averagePrecision([{ truths: [], found }]).ap).toBeNaN();
  });
});

describe("intersectionOverUnion", () => {
  it("is 0 apart, 1 on itself, and between else", () => {
    expect(intersectionOverUnion([0, 0, 10, 10], [10, 0, 5, 5])).toBe(0);
    expect(intersectionOverUnion([3, 4, 10, 10], [3, 4, 10, 10])).toBe(1);
    expect(intersectionOverUnion([0, 0, 10, 10], [5, 0, 10, 10])).toBeCloseTo(1 / 3);
  });
});

describe("maskOverlap", () => {
  it("leaves out what is unlabelled", () => {
    expect(maskOverlap([true, true, false, true], [15, 0, 0, 255], 15)).toBe(0.5);
    expect(maskOverlap([false], [0], 15)).toBe(1);
  });
});
