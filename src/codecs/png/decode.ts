/**
 * PNG → rows of RGB, in memory that grows with the width only.
 *
 * An interlaced picture comes as seven small pictures one after the other, and a row of the whole needs rows of several. Instead of
 * keeping the whole, each pass is read by an inflater of its own, which first runs over the passes before it. As each pass is about
 * as large as all before it together, that inflates about twice as much as a single run; only inflating is done twice, not the rest.
 *
 * @module
 */
import { CodecError, type DecodeOptions, type DecodeReport, type RowSink } from "../types.ts";
import { readPngFile } from "./chunks.ts";
import { bitsPerPixel, type ExpandRow, makeExpand } from "./expand.ts";
import { type InflateReader, MAX_INFLATE_RATIO, openInflate } from "./inflate.ts";
import { layPasses, type Pass } from "./passes.ts";
import { unfilter } from "./unfilter.ts";

/**
 * Decodes a PNG file, its first frame if it is animated. Always at full size: `options.minSize` does not matter.
 *
 * Dimensions must have been checked against the limits before. Damaged or truncated pixel data are always refused: every chunk has
 * a checksum, so unlike in JPEG nothing is left to guess.
 *
 * @throws {CodecError} `broken`
 */
export async function decodePng(
  bytes: Uint8Array,
  options: DecodeOptions,
  sink: RowSink,
): Promise<DecodeReport> {
  const file = readPngFile(bytes);
  if (options.strict && file.warnings.length > 0) throw new CodecError("broken", file.warnings.join("; "));
  const { passes, totalBytes } = layPasses(file);
  checkRatio(file.data, totalBytes);
  const expand = makeExpand(file);
  const pixelBytes = Math.max(1, bitsPerPixel(file) >> 3);
  const readers = passes.map((pass) => openPass(file.data, totalBytes, pass, pixelBytes, expand));
  try {
    sink.begin(file.width, file.height);
    if (file.interlaced) await weave(readers, file.width, file.height, sink);
    else await copy(readers[0], file.height, sink);
    sink.end();
  } finally {
    for (const reader of readers) reader.close();
  }
  return { warnings: file.warnings };
}

/** A file that declares more than its data could ever inflate to is refused before any of it is inflated. */
function checkRatio(data: readonly Uint8Array[], totalBytes: number): void {
  const stored = data.reduce((sum, part) => sum + part.length, 0);
  if (totalBytes > stored * MAX_INFLATE_RATIO) {
    throw new CodecError(
      "broken",
      `PNG: ${stored} bytes of compressed data cannot hold the ${totalBytes} bytes that the header declares`,
    );
  }
}

/** Reads the rows of one pass in order, unfiltered and as RGB. */
interface PassReader {
  readonly pass: Pass;
  /** The next row; valid until the next call. */
  next(): Uint8Array | Promise<Uint8Array>;
  close(): void;
}

function openPass(
  data: readonly Uint8Array[],
  totalBytes: number,
  pass: Pass,
  pixelBytes: number,
  expand: ExpandRow,
): PassReader {
  let line = new Uint8Array(pass.lineBytes);
  let above = new Uint8Array(pass.lineBytes);
  let inflate: InflateReader | undefined;

  function finish(): Uint8Array {
    unfilter(line, above, pixelBytes);
    const rgb = expand(line, pass.width);
    [line, above] = [above, line];
    return rgb;
  }

  async function open(): Promise<Uint8Array> {
    inflate = openInflate(data, totalBytes);
    await inflate.skip(pass.offset);
    await inflate.read(line);
    return finish();
  }

  return {
    pass,
    next() {
      if (!inflate) return open();
      const waiting = inflate.read(line);
      return waiting ? waiting.then(finish) : finish();
    },
    close: () => inflate?.close(),
  };
}

async function copy(reader: PassReader, height: number, sink: RowSink): Promise<void> {
  for (let y = 0; y < height; y++) {
    const row = reader.next();
    sink.row(y, row instanceof Uint8Array ? row : await row);
  }
}

/** Puts the rows of the whole together from those of the passes. */
async function weave(
  readers: readonly PassReader[],
  width: number,
  height: number,
  sink: RowSink,
): Promise<void> {
  const whole = new Uint8Array(width * 3);
  for (let y = 0; y < height; y++) {
    for (const reader of readers) {
      const { pass } = reader;
      if (y < pass.y0 || (y - pass.y0) % pass.dy !== 0) continue;
      const row = reader.next();
      scatter(row instanceof Uint8Array ? row : await row, whole, pass);
    }
    sink.row(y, whole);
  }
}

function scatter(row: Uint8Array, whole: Uint8Array, pass: Pass): void {
  for (let p = 0, q = pass.x0 * 3; p < row.length; p += 3, q += pass.dx * 3) {
    whole[q] = row[p];
    whole[q + 1] = row[p + 1];
    whole[q + 2] = row[p + 2];
  }
}
