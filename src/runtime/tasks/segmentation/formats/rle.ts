/**
 * COCO's run-length encoding, as pycocotools reads it
 * (https://github.com/cocodataset/cocoapi, common/maskApi.c: `rleEncode`, `rleToString`).
 *
 * @module
 */
import type { ClassMask } from "../types.ts";

/** A mask of one class, ready for `pycocotools.mask.decode`. */
export interface Rle {
  /** Height and width, in that order. */
  readonly size: readonly [height: number, width: number];
  /** Lengths of runs of 0 and 1 in turn, column by column, in COCO's compressed form. */
  readonly counts: string;
}

/** Run-length encodings of every class that has a pixel, by class index; one pass over the mask. */
export function maskToRles({ width, height, classes }: ClassMask): Map<number, Rle> {
  const runs = new Map<number, { counts: number[]; end: number }>();
  const total = width * height;
  let current = -1;
  let start = 0;
  const close = (at: number) => {
    const run = runs.get(current);
    if (!run) return;
    run.counts.push(at - start);
    run.end = at;
  };
  for (let x = 0, at = 0; x < width; x++) {
    for (let y = 0; y < height; y++, at++) {
      const index = classes[y * width + x];
      if (index === current) continue;
      close(at);
      let run = runs.get(index);
      if (!run) {
        run = { counts: [], end: 0 };
        runs.set(index, run);
      }
      run.counts.push(at - run.end);
      current = index;
      start = at;
    }
  }
  close(total);
  const encoded = new Map<number, Rle>();
  for (const [index, { counts, end }] of runs) {
    if (end < total) counts.push(total - end);
    encoded.set(index, { size: [height, width], counts: compressCounts(counts) });
  }
  return encoded;
}

/**
 * COCO's compressed form: each count, from the fourth on less the one two before it, in groups of five bits, lowest first; bit 5 says that
 * more follow, and 48 is added to make a printable character. The top bit of the last group is the sign.
 */
function compressCounts(counts: readonly number[]): string {
  const characters: string[] = [];
  counts.forEach((count, i) => {
    let rest = i > 2 ? count - counts[i - 2] : count;
    for (let more = true; more; ) {
      const group = rest & 0x1f;
      rest >>= 5;
      more = rest !== (group & 0x10 ? -1 : 0);
      characters.push(String.fromCharCode(group + (more ? 0x20 : 0) + 48));
    }
  });
  return characters.join("");
}
