/**
 * The best of many scores, found in one pass.
 *
 * @module
 */

/** A score and the place that it was found at. */
export interface PlacedScore {
  readonly score: number;
  readonly place: number;
}

/** Keeps the best scores that it is offered. */
export interface TopScores {
  /** What a score must reach to be kept: -∞ until there are enough. */
  readonly least: number;
  offer(score: number, place: number): void;
  /** What was kept, best first; equal scores in the order of their places. */
  sorted(): readonly PlacedScore[];
}

/**
 * Starts an empty collection of the `count` best: a binary heap with the worst of them on top.
 *
 * @example
 * const top = makeTopScores(2);
 * for (const [place, score] of [0.1, 0.7, 0.7, 0.2].entries()) if (score >= top.least) top.offer(score, place);
 * top.sorted(); // [{ score: 0.7, place: 1 }, { score: 0.7, place: 2 }]
 */
export function makeTopScores(count: number): TopScores {
  const heap: PlacedScore[] = [];

  const sink = (entry: PlacedScore) => {
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isWorse(heap[child + 1], heap[child])) child++;
      if (!isWorse(heap[child], entry)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = entry;
  };
  const rise = (entry: PlacedScore) => {
    let at = heap.length;
    for (let parent = (at - 1) >> 1; at > 0 && isWorse(entry, heap[parent]); parent = (at - 1) >> 1) {
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  };

  return {
    get least() {
      return heap.length < count ? Number.NEGATIVE_INFINITY : heap[0].score;
    },
    offer(score, place) {
      const entry = { score, place };
      if (heap.length < count) rise(entry);
      else if (isWorse(heap[0], entry)) sink(entry);
    },
    sorted: () => heap.toSorted((a, b) => (isWorse(a, b) ? 1 : -1)),
  };
}

function isWorse(a: PlacedScore, b: PlacedScore): boolean {
  return a.score < b.score || (a.score === b.score && a.place > b.place);
}
