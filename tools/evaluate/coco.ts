/**
 * Average precision of boxes, by COCO's definition (https://cocodataset.org/#detection-eval; pycocotools/cocoeval.py: areas of
 * all sizes, no crowds).
 *
 * @module
 */

/** A box as `[x, y, width, height]`, in pixels, as COCO's annotations have it. */
export type CocoBox = readonly [x: number, y: number, width: number, height: number];

/** An object that is there. */
export interface Truth {
  readonly category: number;
  readonly bbox: CocoBox;
}

/** An object that was found. */
export interface Found extends Truth {
  readonly score: number;
}

/** A picture's truth and what was found in it. */
export interface EvaluatedImage {
  readonly truths: readonly Truth[];
  readonly found: readonly Found[];
}

/** What COCO reports first. */
export interface AveragePrecision {
  /** Mean over overlaps of 0.50, 0.55, … 0.95. */
  readonly ap: number;
  /** At an overlap of 0.50. */
  readonly ap50: number;
  /** At an overlap of 0.75. */
  readonly ap75: number;
}

/** `Params.setDetParams`: ten overlaps, recalls in hundredths, the best hundred of a class and picture. */
const OVERLAPS = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);
const RECALLS = Array.from({ length: 101 }, (_, i) => i * 0.01);
const MAX_FOUND = 100;

/**
 * Average precision over pictures and over the classes that occur in them.
 *
 * @returns NaN where no picture has an object
 * @example
 * averagePrecision([{ truths: [{ category: 0, bbox: [0, 0, 10, 10] }], found: [{ category: 0, bbox: [0, 0, 10, 9], score: 0.9 }] }]);
 * // { ap: 0.9, ap50: 1, ap75: 1 }: the overlap is 0.9
 */
export function averagePrecision(images: readonly EvaluatedImage[]): AveragePrecision {
  const categories = new Set(images.flatMap(({ truths }) => truths.map(({ category }) => category)));
  const sums = OVERLAPS.map(() => 0);
  for (const category of categories) {
    const ofCategory = images.map(({ truths, found }) => ({
      truths: truths.filter((one) => one.category === category),
      found: found
        .filter((one) => one.category === category)
        .sort((a, b) => b.score - a.score)
        .slice(0, MAX_FOUND),
    }));
    OVERLAPS.forEach((overlap, i) => {
      sums[i] += precisionOfCategory(ofCategory, overlap);
    });
  }
  const [ap50, , , , , ap75] = sums.map((sum) => sum / categories.size);
  return { ap: sums.reduce((a, b) => a + b, 0) / (categories.size * OVERLAPS.length), ap50, ap75 };
}

/** Precision averaged over recalls, for one class and one overlap (`COCOeval.accumulate`). */
function precisionOfCategory(images: readonly EvaluatedImage[], overlap: number): number {
  const total = images.reduce((sum, { truths }) => sum + truths.length, 0);
  const ranked = images.flatMap((image) => matchImage(image, overlap)).sort((a, b) => b.score - a.score);
  const recalls: number[] = [];
  const precisions: number[] = [];
  let hits = 0;
  ranked.forEach(({ isHit }, i) => {
    if (isHit) hits++;
    recalls.push(hits / total);
    precisions.push(hits / (i + 1));
  });
  // Precision at a recall is the best at that recall or any higher one.
  for (let i = precisions.length - 2; i >= 0; i--) precisions[i] = Math.max(precisions[i], precisions[i + 1]);
  const sum = RECALLS.reduce((soFar, recall) => {
    const at = recalls.findIndex((reached) => reached >= recall);
    return soFar + (at < 0 ? 0 : precisions[at]);
  }, 0);
  return sum / RECALLS.length;
}

/** Which of the objects found (best first) are there; each true object is found once (`COCOeval.evaluateImg`). */
function matchImage({ truths, found }: EvaluatedImage, overlap: number): { score: number; isHit: boolean }[] {
  const free = new Set(truths);
  return found.map(({ bbox, score }) => {
    let best: Truth | undefined;
    let bestOverlap = Math.min(overlap, 1 - 1e-10);
    for (const truth of free) {
      const reached = intersectionOverUnion(bbox, truth.bbox);
      // Of equal ones the last, as the original has it.
      if (reached < bestOverlap) continue;
      bestOverlap = reached;
      best = truth;
    }
    if (best) free.delete(best);
    return { score, isHit: best !== undefined };
  });
}

/** Intersection over union of two boxes, 0 to 1 (`bbIou` in cocoapi's maskApi.c). */
export function intersectionOverUnion(a: CocoBox, b: CocoBox): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a[2] * a[3] + b[2] * b[3] - both);
}
