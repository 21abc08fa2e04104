import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Detection } from "../../../src/runtime/tasks/detection/types.ts";
import { mergeTags } from "../../../src/runtime/tasks/tagging.ts";

const box = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 };
const object = (label: string, score: number): Detection => ({ label, index: 1, score, box });
const named = (label: string, score: number) => ({ label, index: 1, score });

describe("mergeTags", () => {
  it("merges names, counts objects, and sorts by score", () => {
    const tags = mergeTags({
      predictions: [named("Dog", 0.3), named("lawn", 0.2), named("cat", 0.05)],
      detections: [object("dog", 0.9), object("dog", 0.8), object("person", 0.6), object("person", 0.4)],
    });
    expect(tags).toEqual([
      { label: "Dog", score: 0.9, sources: ["classifier", "detector"], count: 2 },
      { label: "person", score: 0.6, sources: ["detector"], count: 1 },
      { label: "lawn", score: 0.2, sources: ["classifier"] },
    ]);
  });

  it("takes either source alone, and none", () => {
    expect(mergeTags({ predictions: [named("lawn", 0.2)] })).toHaveLength(1);
    expect(mergeTags({ detections: [object("dog", 0.5)] })).toHaveLength(1);
    expect(mergeTags({})).toEqual([]);
  });

  it("keeps to its thresholds and its limit", () => {
    const found = fc.array(
      fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.double({ min: 0, max: 1, noNaN: true })),
    );
    const threshold = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(found, found, threshold, threshold, fc.nat(5), (a, b, classifier, detector, topK) => {
        const tags = mergeTags(
          { predictions: a.map(([l, s]) => named(l, s)), detections: b.map(([l, s]) => object(l, s)) },
          { classifierThreshold: classifier, detectorThreshold: detector, topK },
        );
        const passing = new Set([
          ...a.filter(([, score]) => score >= classifier).map(([label]) => label),
          ...b.filter(([, score]) => score >= detector).map(([label]) => label),
        ]);
        expect(tags).toHaveLength(Math.min(topK, passing.size));
        for (const { label } of tags) expect(passing).toContain(label);
        const scores = tags.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((x, y) => y - x));
      }),
    );
  });
});
