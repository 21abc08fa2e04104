/**
 * The classes of a mask: how much each takes, and where it lies.
 *
 * @module
 */
import type { ClassMask, Segment } from "./types.ts";

/** Classes that a byte can hold. */
const CLASSES = 256;

/** Every class that has a pixel, in the order of the class index, the background among them. */
export function segmentsOf({ width, height, classes }: ClassMask, labels: readonly string[]): Segment[] {
  const counts = new Uint32Array(CLASSES);
  const xmin = new Uint32Array(CLASSES).fill(width);
  const xmax = new Uint32Array(CLASSES);
  const ymin = new Uint32Array(CLASSES);
  const ymax = new Uint32Array(CLASSES);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const c = classes[y * width + x];
      if (counts[c] === 0) ymin[c] = y;
      counts[c]++;
      ymax[c] = y + 1;
      if (x < xmin[c]) xmin[c] = x;
      if (x >= xmax[c]) xmax[c] = x + 1;
    }
  }
  const segments: Segment[] = [];
  counts.forEach((count, index) => {
    if (count === 0) return;
    segments.push({
      label: labels[index] ?? String(index),
      index,
      share: count / (width * height),
      box: { xmin: xmin[index], ymin: ymin[index], xmax: xmax[index], ymax: ymax[index] },
    });
  });
  return segments;
}
