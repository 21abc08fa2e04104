/**
 * The vertical pass of the antialiased resize: rows in, other rows out, as soon as they are complete.
 *
 * @module
 */
import { LOOP_TAPS, type RowLoops } from "../engines/row-loops.ts";
import { type Axis, HALF, mostTaps, PRECISION_BITS } from "./coefficients.ts";

/** Takes finished rows, in order. The buffer is reused. */
export type EmitRow = (y: number, row: Uint8Array) => void;

/** Takes input rows, in order. Rows that nothing needs may be left out. */
export type PushRow = (y: number, row: Uint8Array) => void;

/**
 * A vertical pass (Pillow's `ImagingResampleVertical_8bpc`).
 *
 * Making a picture smaller, each input row is added to the sums of the two or three output rows that it touches; making it larger,
 * the last three input rows are kept. Either way memory is a few rows, however long the filter.
 *
 * @param rowBytes length of a row, in bytes
 */
export function makeVerticalPass(rows: Axis, rowBytes: number, emit: EmitRow, loops: RowLoops): PushRow {
  return mostTaps(rows) > LOOP_TAPS
    ? accumulateRows(rows, rowBytes, emit)
    : combineKeptRows(rows, rowBytes, emit, loops);
}

function accumulateRows(rows: Axis, rowBytes: number, emit: EmitRow): PushRow {
  const { outSize, starts, counts, weights, taps } = rows;
  const finished = new Uint8Array(rowBytes);
  /** Sums of output rows that have begun and are not complete, by their number modulo the size of the pool. */
  const pool: Int32Array[] = [];
  const poolSize = mostOpenRows(rows);
  let open = 0;
  return (y, row) => {
    for (let out = open; out < outSize && starts[out] <= y; out++) {
      const tap = y - starts[out];
      if (tap >= counts[out]) continue;
      const weight = weights[out * taps + tap];
      pool[out % poolSize] ??= new Int32Array(rowBytes);
      const sums = pool[out % poolSize];
      if (tap === 0) begin(sums, row, weight);
      else if (tap < counts[out] - 1) add(sums, row, weight);
      else addAndShift(sums, row, weight, finished);
      if (tap !== counts[out] - 1) continue;
      if (tap === 0) shift(sums, finished);
      emit(out, finished);
      open = out + 1;
    }
  };
}

/** How many output rows are unfinished at once, at most. */
function mostOpenRows({ outSize, starts, counts }: Axis): number {
  let most = 1;
  for (let first = 0, out = 0; out < outSize; out++) {
    while (starts[first] + counts[first] <= starts[out]) first++;
    most = Math.max(most, out - first + 1);
  }
  return most;
}

function begin(sums: Int32Array, row: Uint8Array, weight: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (HALF + Math.imul(row[i], weight)) | 0;
}

function add(sums: Int32Array, row: Uint8Array, weight: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] + Math.imul(row[i], weight)) | 0;
}

function addAndShift(sums: Int32Array, row: Uint8Array, weight: number, finished: Uint8Array): void {
  for (let i = 0; i < sums.length; i++) {
    finished[i] = (sums[i] + Math.imul(row[i], weight)) >> PRECISION_BITS;
  }
}

function shift(sums: Int32Array, finished: Uint8Array): void {
  for (let i = 0; i < sums.length; i++) finished[i] = sums[i] >> PRECISION_BITS;
}

function combineKeptRows(rows: Axis, rowBytes: number, emit: EmitRow, loops: RowLoops): PushRow {
  const { outSize, starts, counts, weights, taps } = rows;
  const finished = loops.row(rowBytes);
  const kept = Array.from({ length: LOOP_TAPS }, () => loops.row(rowBytes));
  const rowWeights = new Int32Array(LOOP_TAPS);
  let next = 0;
  return (y, row) => {
    kept[y % LOOP_TAPS].set(row);
    for (; next < outSize && starts[next] + counts[next] - 1 <= y; next++) {
      // Rows past the count weigh nothing, so any may stand there.
      rowWeights.fill(0);
      for (let tap = 0; tap < counts[next]; tap++) {
        rowWeights[(starts[next] + tap) % LOOP_TAPS] = weights[next * taps + tap];
      }
      loops.combine(kept, rowWeights, finished);
      emit(next, finished);
    }
  };
}
