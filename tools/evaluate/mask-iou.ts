/**
 * How well a mask covers a class.
 *
 * @module
 */

/** What is unlabelled in VOC's masks: it counts neither for nor against. */
const VOID = 255;

/**
 * Intersection over union of one class, 0 to 1; pixels of class 255 in the truth are left out. 1 where neither has the class.
 *
 * @param mask whether each pixel is said to be of the class
 * @param truth class indices of the same pixels
 * @example
 * maskOverlap([true, true, false, true], [15, 0, 0, 255], 15); // 0.5
 */
export function maskOverlap(mask: ArrayLike<boolean>, truth: ArrayLike<number>, index: number): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] === VOID) continue;
    const isThere = truth[i] === index;
    if (mask[i] && isThere) both++;
    if (mask[i] || isThere) either++;
  }
  return either === 0 ? 1 : both / either;
}
