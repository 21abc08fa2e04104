/**
 * PNG encoder (ISO/IEC 15948, https://www.w3.org/TR/png-3/) for what this project answers with: masks and drawn pictures.
 * Rows are asked for one at a time and compressed as they come, so no second copy of the picture is made.
 *
 * Deflate is the runtime's own (`CompressionStream`). fflate's streaming `Zlib` (0.8.3) writes streams that no reader accepts for
 * some inputs (twelve bytes with a single bit set among them, at its default level), and its one-shot form needs the whole picture.
 *
 * @module
 */
import { crc32 } from "../png/crc.ts";

/** What is encoded. */
export interface PngSource {
  readonly width: number;
  readonly height: number;
  /** 8-bit RGB; 8-bit numbers of a palette's colours; or one bit a pixel, black (0) and white (1). */
  readonly color: "rgb" | "indexed" | "bilevel";
  /** For `indexed`: RGB triples, 256 at most. */
  readonly palette?: Uint8Array;
  /**
   * Writes row `y` into `into`: three bytes a pixel (`rgb`), one (`indexed`), or one bit, most significant first (`bilevel`).
   * `into` is reused from row to row and comes filled with zeros.
   */
  row(y: number, into: Uint8Array): void;
}

/** Colour types and bit depths of the IHDR chunk (section 11.2.1). */
const COLORS = {
  rgb: { type: 2, depth: 8 },
  indexed: { type: 3, depth: 8 },
  bilevel: { type: 0, depth: 1 },
} as const;

/** Section 5.2. */
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Filter types (section 9.2). Photos shrink by a quarter with Paeth's; indices and bits are best left alone (section 12.7). */
const FILTER_NONE = 0;
const FILTER_PAETH = 4;

/**
 * Encodes a picture.
 *
 * @throws {RangeError} when a side is below 1, or a palette is missing or longer than 256 colours
 * @example
 * const png = await encodePng({ width: 2, height: 1, color: "rgb", row: (_, into) => into.set([255, 0, 0, 0, 0, 255]) });
 */
export async function encodePng(source: PngSource): Promise<Uint8Array> {
  const { width, height, color, palette } = source;
  if (width < 1 || height < 1) throw new RangeError(`a PNG of ${width} by ${height} pixels: 1 at least`);
  if (color === "indexed" && !(palette && palette.length >= 3 && palette.length <= 256 * 3)) {
    throw new RangeError(`a palette has 1 to 256 colours, not ${(palette?.length ?? 0) / 3}`);
  }
  const parts = [SIGNATURE, chunk("IHDR", header(width, height, color))];
  if (color === "indexed" && palette) parts.push(chunk("PLTE", palette));
  for (const data of await compressRows(source)) parts.push(chunk("IDAT", data));
  parts.push(chunk("IEND", new Uint8Array(0)));
  return concat(parts);
}

function header(width: number, height: number, color: PngSource["color"]): Uint8Array {
  const bytes = new Uint8Array(13);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  bytes[8] = COLORS[color].depth;
  bytes[9] = COLORS[color].type;
  return bytes;
}

/** Bytes of rows that are gathered before they are handed to deflate. */
const BATCH = 1 << 16;

/** The rows, filtered and compressed as one zlib stream, in the pieces in which it comes. */
async function compressRows(source: PngSource): Promise<Uint8Array[]> {
  const { readable, writable } = new CompressionStream("deflate");
  const writer = writable.getWriter();
  // Read while writing: the stream holds back the writer when nobody reads.
  const [pieces] = await Promise.all([collect(readable), writeRows(source, writer)]);
  return pieces;
}

async function writeRows(source: PngSource, writer: WritableStreamDefaultWriter): Promise<void> {
  try {
    for (const batch of filteredRows(source)) await writer.write(batch);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/** The rows with their filter types, some at a time, each batch in a buffer of its own. */
function* filteredRows({ width, height, color, row }: PngSource): Generator<Uint8Array> {
  const stride = color === "rgb" ? width * 3 : color === "indexed" ? width : Math.ceil(width / 8);
  const rowsAtOnce = Math.max(1, Math.floor(BATCH / (stride + 1)));
  let previous = new Uint8Array(stride);
  let current = new Uint8Array(stride);
  for (let y = 0; y < height; ) {
    const rows = Math.min(rowsAtOnce, height - y);
    const batch = new Uint8Array(rows * (stride + 1));
    for (let i = 0; i < rows; i++, y++) {
      current.fill(0);
      row(y, current);
      const line = i * (stride + 1);
      if (color === "rgb") {
        filterPaeth(batch, line, current, previous);
        [previous, current] = [current, previous];
      } else {
        batch[line] = FILTER_NONE;
        batch.set(current, line + 1);
      }
    }
    yield batch;
  }
}

async function collect(readable: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value);
  return pieces;
}

/** Each byte less what Paeth's predictor (section 9.4) makes of its left, upper and upper left neighbours; RGB rows. Written from `out[at]` on. */
function filterPaeth(out: Uint8Array, at: number, row: Uint8Array, above: Uint8Array): void {
  out[at] = FILTER_PAETH;
  for (let i = 0; i < row.length; i++) {
    const left = i < 3 ? 0 : row[i - 3];
    const up = above[i];
    const upLeft = i < 3 ? 0 : above[i - 3];
    const toLeft = Math.abs(up - upLeft);
    const toUp = Math.abs(left - upLeft);
    const toUpLeft = Math.abs(left + up - 2 * upLeft);
    const predicted = toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    out[at + 1 + i] = row[i] - predicted;
  }
}

/** Length, type, data and checksum (section 5.3). */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes, 4, 8 + data.length));
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
