/**
 * Non-maximum suppression within groups, as torchvision's `batched_nms`
 * (torchvision/ops/boxes.py; torchvision/csrc/ops/cpu/nms_kernel.cpp).
 *
 * @module
 */
import { argsortDescending } from "./sort.ts";

/** Up to this many boxes torchvision shifts groups apart instead of looping over them: 4000 coordinates. */
const SHIFTED_UP_TO = 1000;

/**
 * Suppresses boxes that overlap a better one of the same group by more than `threshold` (intersection over union).
 *
 * torchvision shifts each group beyond the others when there are at most 1000 boxes, and rounds to float32 while doing so. The groups
 * are looped over here in either case, but on coordinates rounded in the same way, so that borderline overlaps fall to the same side.
 *
 * @param boxes `[N, 4]`, not negative
 * @param groups `[N]`: boxes of different groups (classes, feature levels) never suppress each other
 * @returns numbers of the boxes kept, best first; equal scores in their order
 */
export function batchedNms(
  boxes: Float32Array,
  scores: Float32Array,
  groups: ArrayLike<number>,
  threshold: number,
): Uint32Array {
  const compared = scores.length <= SHIFTED_UP_TO ? shiftGroups(boxes, groups) : boxes;
  const order = argsortDescending(scores);
  const byGroup = new Map<number, number[]>();
  for (let n = 0; n < order.length; n++) {
    const members = byGroup.get(groups[order[n]]);
    if (members) members.push(order[n]);
    else byGroup.set(groups[order[n]], [order[n]]);
  }
  const suppressed = new Uint8Array(scores.length);
  for (const members of byGroup.values()) suppress(compared, members, threshold, suppressed);
  return order.filter((i) => suppressed[i] === 0);
}

/** Moves each group by a multiple of the largest coordinate plus one (`_batched_nms_coordinate_trick`). */
function shiftGroups(boxes: Float32Array, groups: ArrayLike<number>): Float32Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < boxes.length; i++) largest = Math.max(largest, boxes[i]);
  const step = Math.fround(largest + 1);
  const shifted = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i++) shifted[i] = boxes[i] + Math.fround(groups[i >> 2] * step);
  return shifted;
}

/** Marks in `suppressed` those of `members` (best first) that a better one covers; float32 arithmetic as in nms_kernel.cpp. */
function suppress(
  boxes: Float32Array,
  members: readonly number[],
  threshold: number,
  suppressed: Uint8Array,
): void {
  const { fround } = Math;
  const areas = new Float32Array(members.length);
  for (let m = 0; m < members.length; m++) {
    const i = members[m] * 4;
    areas[m] = fround(boxes[i + 2] - boxes[i]) * fround(boxes[i + 3] - boxes[i + 1]);
  }
  for (let m = 0; m < members.length; m++) {
    if (suppressed[members[m]]) continue;
    const a = members[m] * 4;
    const xmin = boxes[a];
    const ymin = boxes[a + 1];
    const xmax = boxes[a + 2];
    const ymax = boxes[a + 3];
    for (let n = m + 1; n < members.length; n++) {
      const b = members[n] * 4;
      const width = fround(Math.min(xmax, boxes[b + 2]) - Math.max(xmin, boxes[b]));
      if (width <= 0) continue;
      const height = fround(Math.min(ymax, boxes[b + 3]) - Math.max(ymin, boxes[b + 1]));
      if (height <= 0) continue;
      const intersection = fround(width * height);
      const union = fround(fround(areas[m] + areas[n]) - intersection);
      if (fround(intersection / union) > threshold) suppressed[members[n]] = 1;
    }
  }
}
