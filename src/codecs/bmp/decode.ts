/**
 * BMP → rows of RGB, straight from the file: nothing but a row is kept.
 *
 * Written here because the BMP readers on npm need Node's Buffer or make a whole picture of 4 bytes a pixel.
 *
 * @module
 */
import { overWhite } from "../over-white.ts";
import { CodecError, type DecodeOptions, type DecodeReport, type RowSink } from "../types.ts";
import { type BmpFile, readBmpFile } from "./header.ts";
import { indexRleRows } from "./rle.ts";

/** An instruction of two bytes stands for 255 pixels at most. (Jumps can leave out more, but a picture of gaps is none.) */
const MAX_RLE_RATIO = 255 / 2;

/** Makes RGB of one row; `row` is counted in the order of the file. */
type PaintRow = (row: number, rgb: Uint8Array) => void;

/** Decodes a BMP file. @throws {CodecError} `broken` (pixels missing), `unsupported` */
export async function decodeBmp(
  bytes: Uint8Array,
  _options: DecodeOptions,
  sink: RowSink,
): Promise<DecodeReport> {
  const file = readBmpFile(bytes);
  const { width, height, topDown } = file;
  const paint = file.coding === "plain" ? paintPlain(file) : paintRle(file);
  const rgb = new Uint8Array(width * 3);
  sink.begin(width, height);
  for (let y = 0; y < height; y++) {
    paint(topDown ? y : height - 1 - y, rgb);
    sink.row(y, rgb);
  }
  sink.end();
  return { warnings: [] };
}

function paintRle(file: BmpFile): PaintRow {
  if (file.width * file.height > file.data.length * MAX_RLE_RATIO) throw missingPixels(file);
  const readIndices = indexRleRows(file);
  const indices = new Uint8Array(file.width);
  const table = colorTable(file);
  return (row, rgb) => {
    readIndices(row, indices);
    for (let x = 0, q = 0; x < indices.length; x++, q += 3) copyEntry(table, indices[x], rgb, q);
  };
}

function paintPlain(file: BmpFile): PaintRow {
  const usedBytes = Math.ceil((file.width * file.bitsPerPixel) / 8);
  // Rows are padded to 32 bits; the last one's padding may be missing.
  const rowBytes = Math.ceil(usedBytes / 4) * 4;
  if (rowBytes * (file.height - 1) + usedBytes > file.data.length) throw missingPixels(file);
  const paint = pickPaint(file);
  return (row, rgb) => paint(file.data.subarray(row * rowBytes, row * rowBytes + usedBytes), rgb);
}

function missingPixels(file: BmpFile): CodecError {
  return new CodecError(
    "broken",
    `BMP: ${file.data.length} bytes of pixels cannot hold the ${file.width} × ${file.height} that the header declares`,
  );
}

function pickPaint(file: BmpFile): (line: Uint8Array, rgb: Uint8Array) => void {
  if (file.bitsPerPixel === 24) return paintBgr;
  return file.bitsPerPixel < 16 ? paintIndexed(file) : paintMasked(file);
}

function paintBgr(line: Uint8Array, rgb: Uint8Array): void {
  for (let p = 0; p + 2 < line.length; p += 3) {
    rgb[p] = line[p + 2];
    rgb[p + 1] = line[p + 1];
    rgb[p + 2] = line[p];
  }
}

function paintIndexed(file: BmpFile): (line: Uint8Array, rgb: Uint8Array) => void {
  const table = colorTable(file);
  const bits = file.bitsPerPixel;
  const mask = (1 << bits) - 1;
  return (line, rgb) => {
    for (let x = 0, bit = 0, q = 0; x < file.width; x++, bit += bits, q += 3) {
      copyEntry(table, (line[bit >> 3] >> (8 - bits - (bit & 7))) & mask, rgb, q);
    }
  };
}

/** 16 and 32 bits a pixel: any bits for each channel, stretched to 0..255 as Pillow does (rounded down). */
function paintMasked(file: BmpFile): (line: Uint8Array, rgb: Uint8Array) => void {
  const bytes = file.bitsPerPixel >> 3;
  const [red, green, blue, alpha] = file.masks.map(channelOf);
  const opaque = alpha.max === 0 || !anyAlpha(file, alpha);
  return (line, rgb) => {
    for (let p = 0, q = 0; p + bytes <= line.length; p += bytes, q += 3) {
      const value = readPixel(line, p, bytes);
      const a = opaque ? 255 : extract(value, alpha);
      rgb[q] = overWhite(extract(value, red), a);
      rgb[q + 1] = overWhite(extract(value, green), a);
      rgb[q + 2] = overWhite(extract(value, blue), a);
    }
  };
}

/** Many writers declare alpha and leave it 0 everywhere. Then it means nothing, as in browsers. */
function anyAlpha(file: BmpFile, alpha: Channel): boolean {
  const bytes = file.bitsPerPixel >> 3;
  for (let p = 0; p + bytes <= file.data.length; p += bytes) {
    if (extract(readPixel(file.data, p, bytes), alpha) > 0) return true;
  }
  return false;
}

interface Channel {
  readonly shift: number;
  readonly max: number;
}

function channelOf(mask: number): Channel {
  if (mask === 0) return { shift: 0, max: 0 };
  const shift = 31 - Math.clz32(mask & -mask);
  return { shift, max: mask >>> shift };
}

function extract(value: number, { shift, max }: Channel): number {
  if (max === 255) return (value >>> shift) & 255;
  return max === 0 ? 0 : Math.trunc(((((value >>> shift) & max) >>> 0) * 255) / max);
}

function readPixel(line: Uint8Array, p: number, bytes: number): number {
  const low = line[p] | (line[p + 1] << 8);
  return bytes === 2 ? low : low | (line[p + 2] << 16) | (line[p + 3] << 24);
}

/** Red, green, blue of each index; black past the palette's end. */
function colorTable(file: BmpFile): Uint8Array {
  const table = new Uint8Array(256 * 3);
  const step = file.paletteEntryBytes;
  for (let p = 0, q = 0; p + 2 < file.palette.length; p += step, q += 3) {
    table[q] = file.palette[p + 2];
    table[q + 1] = file.palette[p + 1];
    table[q + 2] = file.palette[p];
  }
  return table;
}

function copyEntry(table: Uint8Array, index: number, rgb: Uint8Array, at: number): void {
  const entry = index * 3;
  rgb[at] = table[entry];
  rgb[at + 1] = table[entry + 1];
  rgb[at + 2] = table[entry + 2];
}
