/**
 * GIF → rows of RGB: the first frame over white, in memory that grows with the width only.
 *
 * Written here because GIF libraries for JavaScript keep whole frames (omggif: 5 bytes a pixel and a picture besides), read all frames of an
 * animation before the first, and give up on files that browsers show. omggif is what the tests compare with.
 *
 * @module
 */
import { CodecError, type DecodeOptions, type DecodeReport, type RowSink } from "../types.ts";
import { type GifFile, readGifFile } from "./blocks.ts";
import { type LzwReader, MAX_LZW_RATIO, openLzw } from "./lzw.ts";

/** First row and step of the passes of an interlaced frame (GIF89a specification, appendix E). */
const INTERLACED_PASSES: readonly (readonly [first: number, step: number])[] = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
];

/**
 * Decodes the first frame. Where its data end early, the rest is white and the report says so, unless `options.strict`.
 *
 * @throws {CodecError} `broken`
 */
export async function decodeGif(
  bytes: Uint8Array,
  options: DecodeOptions,
  sink: RowSink,
): Promise<DecodeReport> {
  const file = readGifFile(bytes);
  const { frame } = file;
  if (frame.width * frame.height > frame.data.length * MAX_LZW_RATIO) {
    throw new CodecError(
      "broken",
      `GIF: ${frame.data.length} bytes of data cannot hold the ${frame.width} × ${frame.height} pixels that the header declares`,
    );
  }
  const readRow = openRows(frame);
  const table = colorTable(frame);
  const indices = new Uint8Array(frame.width);
  const rgb = new Uint8Array(file.width * 3).fill(255);
  let missing = 0;
  sink.begin(file.width, file.height);
  for (let y = 0; y < file.height; y++) {
    const line = y - frame.y;
    let count = 0;
    if (line >= 0 && line < frame.height) {
      count = readRow(line, indices);
      missing += frame.width - count;
    }
    paint(indices.subarray(0, count), table, rgb, frame.x * 3);
    if (missing > 0 && options.strict) throw new CodecError("broken", `GIF: the data end at row ${line}`);
    sink.row(y, rgb);
  }
  sink.end();
  return { warnings: missing > 0 ? [`GIF: the data end early; ${missing} pixels are left white`] : [] };
}

/** Reads rows by their place in the frame, from top to bottom. */
type ReadRow = (line: number, indices: Uint8Array) => number;

/**
 * The rows of an interlaced frame are stored in four passes. Each pass is read by a decoder of its own that first runs over those before
 * it, rather than keeping the frame.
 */
function openRows(frame: GifFile["frame"]): ReadRow {
  const open = () => openLzw(frame.data, frame.codeBits);
  if (!frame.interlaced) {
    const reader = open();
    return (_line, indices) => reader.read(indices);
  }
  let before = 0;
  const passes = INTERLACED_PASSES.map(([first, step]) => {
    const skip = before;
    before += Math.max(0, Math.ceil((frame.height - first) / step));
    return { first, step, skip };
  });
  const readers: (LzwReader | undefined)[] = [];
  return (line, indices) => {
    const i = passes.findIndex(({ first, step }) => line >= first && (line - first) % step === 0);
    let reader = readers[i];
    if (!reader) {
      reader = readers[i] = open();
      for (let skipped = 0; skipped < passes[i].skip; skipped++) reader.read(indices);
    }
    return reader.read(indices);
  };
}

/** RGB of every index; white for the transparent one, grey steps without a palette (as in Pillow), black past its end. */
function colorTable({ palette, transparent }: GifFile["frame"]): Uint8Array {
  const table = new Uint8Array(256 * 3);
  if (palette) table.set(palette);
  else for (let v = 0; v < 256; v++) table.fill(v, v * 3, v * 3 + 3);
  if (transparent >= 0) table.fill(255, transparent * 3, transparent * 3 + 3);
  return table;
}

/** Colours a row; what there are no indices for is white. */
function paint(indices: Uint8Array, table: Uint8Array, rgb: Uint8Array, from: number): void {
  let q = from;
  for (let x = 0; x < indices.length; x++, q += 3) {
    const entry = indices[x] * 3;
    rgb[q] = table[entry];
    rgb[q + 1] = table[entry + 1];
    rgb[q + 2] = table[entry + 2];
  }
  rgb.fill(255, q);
}
