/** Pairs boxes with torchvision's: same label, IoU of 0.99 or more, scores within 0.01. */

/** Boxes of a lower score are not compared; a counterpart may be just below. */
export const CUT = 0.1;

/** A box as the golden files give it. */
export interface Found {
  readonly box: readonly number[];
  readonly label: number;
  readonly score: number;
}

/** Intersection over union of two boxes, `[xmin, ymin, xmax, ymax]`. */
function iou(a: readonly number[], b: readonly number[]): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = ([x0, y0, x1, y1]: readonly number[]) => (x1 - x0) * (y1 - y0);
  return (width * height) / (area(a) + area(b) - width * height);
}

/** How many of `wanted` have no counterpart in `given`; each of `given` is one's counterpart at most. */
export function unmatched(wanted: readonly Found[], given: readonly Found[]): number {
  const free = new Set(given);
  let missing = 0;
  for (const one of wanted) {
    const match = [...free].find(
      (other) =>
        other.label === one.label &&
        Math.abs(other.score - one.score) <= 0.01 &&
        iou(other.box, one.box) >= 0.99,
    );
    if (match) free.delete(match);
    else missing++;
  }
  return missing;
}
