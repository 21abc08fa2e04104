/**
 * Compares two lists of boxes.
 *
 * @module
 */
import { intersectionOverUnion } from "../../../tools/evaluate/coco.ts";

/** A box with its corners, its class and its score. */
export interface ScoredBox {
  readonly xyxy: readonly number[];
  readonly label: number;
  readonly score: number;
}

/** How many of `wanted` have no counterpart (same class, IoU at least 0.99, score within 0.01); each of `given` is one's at most. */
export function withoutCounterpart(wanted: readonly ScoredBox[], given: readonly ScoredBox[]): number {
  const free = new Set(given);
  let missing = 0;
  for (const one of wanted) {
    const match = [...free].find((other) => isCounterpart(one, other));
    if (match) free.delete(match);
    else missing++;
  }
  return missing;
}

function isCounterpart(a: ScoredBox, b: ScoredBox): boolean {
  return (
    a.label === b.label &&
    Math.abs(a.score - b.score) <= 0.01 &&
    intersectionOverUnion(toCoco(a), toCoco(b)) >= 0.99
  );
}

function toCoco({ xyxy: [xmin, ymin, xmax, ymax] }: ScoredBox) {
  return [xmin, ymin, xmax - xmin, ymax - ymin] as const;
}
