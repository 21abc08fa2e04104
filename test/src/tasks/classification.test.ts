import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestLabels, toScores } from "../../../src/runtime/tasks/classification.ts";

const labels = Array.from({ length: 40 }, (_, index) => `label ${index}`);

describe("the best labels", () => {
  it("are the first of all that are wanted, sorted by score and then by index", () => {
    // Few different scores, so that many are equal.
    const scores = fc.array(fc.constantFrom(0, 0.1, 0.2, 0.5, Number.NaN), { maxLength: labels.length });
    fc.assert(
      fc.property(
        scores,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 0.1, 0.15),
        (all, topK, threshold) => {
          const wanted = (label: string) => !label.endsWith("3");
          const sorted = all
            .map((score, index) => ({ label: labels[index], index, score }))
            .filter(({ score, label }) => score >= threshold && wanted(label))
            .sort((a, b) => b.score - a.score || a.index - b.index);
          const best = bestLabels(Float64Array.from(all), labels, { topK, threshold, wanted });
          expect(best).toEqual(sorted.slice(0, topK));
        },
      ),
    );
  });

  it("are five of any, if nothing else is asked for", () => {
    expect(bestLabels(Float64Array.of(-1, -2, -3, -4, -5, -6), labels, {}).map(({ index }) => index)).toEqual(
      [0, 1, 2, 3, 4],
    );
  });
});

it("scores do not overflow, and those of a softmax sum to 1", () => {
  const scores = toScores(Float32Array.of(1000, 999, -1000), "softmax");
  expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect(scores[0] / scores[1]).toBeCloseTo(Math.E, 9);
  expect([...toScores(Float32Array.of(0, 1000, -1000), "sigmoid")]).toEqual([0.5, 1, 0]);
  expect([...toScores(Float32Array.of(-3, 7), "none")]).toEqual([-3, 7]);
});
