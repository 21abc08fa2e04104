/**
 * BMP's run lengths (Microsoft, "Bitmap Compression"), read row by row in any order.
 *
 * @module
 */
import type { BmpFile } from "./header.ts";

/** Fills `indices` with a row's colour indices; pixels that the data leave out are 0. `row` is counted in the order of the file. */
export type ReadIndices = (row: number, indices: Uint8Array) => void;

/** After a byte 0: what the next one means, if it is not a count of literal pixels. */
const END_OF_LINE = 0;
const END_OF_BITMAP = 1;
const DELTA = 2;

/** Takes one instruction's pixels: `count` of them from column `x` on. Literal ones lie at `at` in the data. */
type Visit = (x: number, count: number, value: number, literalAt: number) => void;

/**
 * Indexes the rows of run-length coded data, so that they can be read from the top although they are stored from the bottom.
 * Memory: 8 bytes a row.
 */
export function indexRleRows(file: BmpFile): ReadIndices {
  const { data, height, width } = file;
  const nibbles = file.coding === "rle4";
  const starts = new Uint32Array(height).fill(data.length);
  const columns = new Uint32Array(height);
  let position = 0;
  let x = 0;
  for (let row = 0; row < height && position < data.length; ) {
    starts[row] = position;
    columns[row] = x;
    const line = walkLine(data, position, x, nibbles, ignore);
    position = line.end;
    x = line.x;
    row += line.down;
  }
  return (row, indices) => {
    indices.fill(0);
    walkLine(data, starts[row], columns[row], nibbles, (from, count, value, literalAt) => {
      const to = Math.min(from + count, width);
      for (let i = from; i < to; i++) {
        const n = i - from;
        if (literalAt < 0) indices[i] = nibbles ? (n & 1 ? value & 15 : value >> 4) : value;
        else if (nibbles) indices[i] = (data[literalAt + (n >> 1)] >> (n & 1 ? 0 : 4)) & 15;
        else indices[i] = data[literalAt + n];
      }
    });
  };
}

function ignore(): void {}

/** Follows instructions to the end of a line: where the next starts, at which column, how many rows further. */
function walkLine(
  data: Uint8Array,
  from: number,
  column: number,
  nibbles: boolean,
  visit: Visit,
): { readonly end: number; readonly x: number; readonly down: number } {
  let at = from;
  let x = column;
  while (at + 1 < data.length) {
    const count = data[at];
    const value = data[at + 1];
    at += 2;
    if (count > 0) {
      visit(x, count, value, -1);
      x += count;
    } else if (value === END_OF_LINE) {
      return { end: at, x: 0, down: 1 };
    } else if (value === END_OF_BITMAP) {
      break;
    } else if (value === DELTA) {
      const down = data[at + 1] ?? 0;
      x += data[at] ?? 0;
      at += 2;
      if (down > 0) return { end: at, x, down };
    } else {
      const bytes = nibbles ? (value + 1) >> 1 : value;
      // Literal pixels are padded to 16 bits.
      visit(x, Math.min(value, nibbles ? (data.length - at) * 2 : data.length - at), 0, at);
      x += value;
      at += bytes + (bytes & 1);
    }
  }
  return { end: data.length, x: 0, down: 1 };
}
