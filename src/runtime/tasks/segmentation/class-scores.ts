/**
 * The class of every pixel from scores at the network's resolution, without ever holding the scores at the picture's.
 *
 * @module
 */
import type { Tensor } from "../../engines/engine.ts";
import type { Geometry } from "../../preprocess/plan.ts";
import { release } from "../../release.ts";
import { scoreTaps } from "./scores.ts";
import type { Taps } from "./taps.ts";
import type { ClassMask } from "./types.ts";

/**
 * Resizes scores `[1, classes, h, w]` to the picture and takes the largest at each pixel; of equal ones the first.
 *
 * Row by row: the few source rows are mixed first, at the scores' width. Where the same class leads at all source columns of a
 * pixel, it leads there too, as the weights are not negative; so scores are mixed only along the classes' borders. Memory is that of the
 * mask, and a 12-megapixel picture takes some tens of milliseconds where 21 planes of it would take a gigabyte.
 *
 * @throws {EngineError} when the scores have another shape
 */
export function maskOfScores(scores: Tensor, geometry: Geometry): ClassMask {
  const { width, height } = geometry.original;
  const { rows, columns } = scoreTaps(scores, geometry);
  const [, classCount, , scoreWidth] = scores.dims;
  const interleaved = interleave(scores);
  const mixed = new Float64Array(scoreWidth * classCount);
  const leaders = new Uint8Array(scoreWidth);
  const rivals = new Uint8Array(classCount);
  const classes = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    mixRows(mixed, interleaved, rows, y);
    for (let x = 0; x < scoreWidth; x++) leaders[x] = leader(mixed, x * classCount, classCount);
    classifyRow(classes.subarray(y * width, (y + 1) * width), mixed, leaders, rivals, columns);
  }
  release(interleaved);
  return { width, height, classes };
}

/** `[1, classes, h, w]` to `[h, w, classes]`: a pixel's scores side by side. */
function interleave({ dims, data }: Tensor): Float32Array {
  const [, classCount, height, width] = dims;
  const area = height * width;
  const out = new Float32Array(data.length);
  for (let c = 0; c < classCount; c++) {
    for (let i = 0; i < area; i++) out[i * classCount + c] = data[c * area + i];
  }
  return out;
}

/** Row `y` of the picture, at the scores' width. */
function mixRows(out: Float64Array, scores: Float32Array, rows: Taps, y: number): void {
  out.fill(0);
  for (let t = 0; t < rows.span; t++) {
    const weight = rows.weight[y * rows.span + t];
    if (weight === 0) continue;
    const from = (rows.first[y] + t) * out.length;
    for (let i = 0; i < out.length; i++) out[i] += weight * scores[from + i];
  }
}

/** The class with the largest of the `count` scores from `start` on. */
function leader(scores: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (scores[start + c] > scores[start + best]) best = c;
  return best;
}

/**
 * The classes of a row: filled where one leads at all sources of a stretch of pixels, mixed where several do.
 *
 * @param rivals scratch memory, as long as there are classes
 */
function classifyRow(
  out: Uint8Array,
  mixed: Float64Array,
  leaders: Uint8Array,
  rivals: Uint8Array,
  columns: Taps,
): void {
  const { span, first } = columns;
  const classCount = rivals.length;
  for (let start = 0; start < out.length; ) {
    const from = first[start];
    let end = start + 1;
    while (end < out.length && first[end] === from) end++;
    if (leadsAlone(leaders, from, from + span)) {
      out.fill(leaders[from], start, end);
    } else {
      const count = findRivals(rivals, mixed, leaders, from, span);
      for (let x = start; x < end; x++) {
        out[x] = bestOf(rivals, count, mixed, from * classCount, columns, x);
      }
    }
    start = end;
  }
}

/** Whether columns have one leader: most do, and nothing is made for them. */
function leadsAlone(leaders: Uint8Array, from: number, to: number): boolean {
  for (let column = from + 1; column < to; column++) if (leaders[column] !== leaders[from]) return false;
  return true;
}

/**
 * Classes that may lead somewhere between `span` columns, put into `rivals`: those that no leader of one of the columns beats at all of them. Seldom
 * more than two or three.
 *
 * @returns how many there are
 */
function findRivals(
  rivals: Uint8Array,
  mixed: Float64Array,
  leaders: Uint8Array,
  from: number,
  span: number,
): number {
  const classCount = rivals.length;
  let count = 0;
  for (let c = 0; c < classCount; c++) {
    let beaten = false;
    for (let t = from; t < from + span && !beaten; t++) {
      const head = leaders[t];
      beaten = head !== c && beats(mixed, head, c, from, span, classCount);
    }
    if (!beaten) rivals[count++] = c;
  }
  return count;
}

/** Whether class `a` leads class `b` at all of some columns; of equal ones the first leads. */
function beats(
  mixed: Float64Array,
  a: number,
  b: number,
  from: number,
  span: number,
  classCount: number,
): boolean {
  for (let t = from; t < from + span; t++) {
    const lead = mixed[t * classCount + a] - mixed[t * classCount + b];
    if (!(lead > 0 || (lead === 0 && a < b))) return false;
  }
  return true;
}

/** Of the first `count` rivals, that with the largest score at pixel `x`, whose source columns start at `mixed[from]`. */
function bestOf(
  rivals: Uint8Array,
  count: number,
  mixed: Float64Array,
  from: number,
  { span, weight }: Taps,
  x: number,
): number {
  let best = rivals[0];
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const c = rivals[i];
    let score = 0;
    for (let t = 0; t < span; t++) score += weight[x * span + t] * mixed[from + t * rivals.length + c];
    if (score > bestScore) {
      best = c;
      bestScore = score;
    }
  }
  return best;
}
