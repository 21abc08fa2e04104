/**
 * Makes PNG files of every kind: the tests' own encoder, written apart from the decoder, straight from the specification.
 *
 * @module
 */
import { zlibSync } from "fflate";

/** A picture of raw samples, `samples[(y * width + x) * channels + c]`. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly colorType: number;
  readonly bitDepth: number;
  readonly values: ArrayLike<number>;
}

/** What else the file holds. */
export interface PngParts {
  readonly interlaced?: boolean;
  /** The filter of each row, taken in turn. Default: none. */
  readonly filters?: readonly number[];
  /** Chunks between IHDR and the data. */
  readonly before?: readonly (readonly [type: string, body: Uint8Array])[];
  /** Chunks after the data. */
  readonly after?: readonly (readonly [type: string, body: Uint8Array])[];
  /** Size of the IDAT chunks; default: one. */
  readonly idatBytes?: number;
}

/** Samples a pixel of each colour type. */
export const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Every pair of colour type and bit depth that exists. */
export const KINDS: readonly (readonly [colorType: number, bitDepth: number])[] = [
  ...[1, 2, 4, 8, 16].map((depth) => [0, depth] as const),
  ...[8, 16].map((depth) => [2, depth] as const),
  ...[1, 2, 4, 8].map((depth) => [3, depth] as const),
  ...[8, 16].map((depth) => [4, depth] as const),
  ...[8, 16].map((depth) => [6, depth] as const),
];

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Makes a file. */
export function makePng(samples: Samples, parts: PngParts = {}): Uint8Array {
  const { before = [], after = [], idatBytes = Number.POSITIVE_INFINITY } = parts;
  const data = zlibSync(filterAll(samples, parts));
  const idats: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += idatBytes) idats.push(data.subarray(at, at + idatBytes));
  return join([
    SIGNATURE,
    makeChunk("IHDR", ihdr(samples, parts.interlaced ?? false)),
    ...before.map(([type, body]) => makeChunk(type, body)),
    ...idats.map((body) => makeChunk("IDAT", body)),
    ...after.map(([type, body]) => makeChunk(type, body)),
    makeChunk("IEND", new Uint8Array(0)),
  ]);
}

/** A chunk with its length and checksum. */
export function makeChunk(type: string, body: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + body.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(body, 8);
  view.setUint32(8 + body.length, slowCrc32(chunk.subarray(4, 8 + body.length)));
  return chunk;
}

/** Joins byte arrays. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The body of an IHDR chunk. */
export function ihdr({ width, height, bitDepth, colorType }: Omit<Samples, "values">, interlaced = false) {
  const body = new Uint8Array(13);
  const view = new DataView(body.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  body.set([bitDepth, colorType, 0, 0, interlaced ? 1 : 0], 8);
  return body;
}

function filterAll(samples: Samples, { interlaced = false, filters = [0] }: PngParts): Uint8Array {
  const steps = interlaced
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 0, 1, 1]];
  const lines: Uint8Array[] = [];
  for (const [x0, y0, dx, dy] of steps) {
    let above: Uint8Array | undefined;
    for (let y = y0; y < samples.height; y += dy) {
      const line = packRow(samples, y, x0, dx);
      if (line.length === 0) break;
      lines.push(filterRow(filters[lines.length % filters.length], line, above, samples));
      above = line;
    }
  }
  return join(lines);
}

function packRow(
  { width, values, bitDepth, colorType }: Samples,
  y: number,
  x0: number,
  dx: number,
): Uint8Array {
  const channels = CHANNELS[colorType];
  const row: number[] = [];
  for (let x = x0; x < width; x += dx) {
    for (let c = 0; c < channels; c++) row.push(values[(y * width + x) * channels + c]);
  }
  if (bitDepth === 16) return Uint8Array.from(row.flatMap((value) => [value >> 8, value & 255]));
  const bytes = new Uint8Array(Math.ceil((row.length * bitDepth) / 8));
  row.forEach((value, i) => {
    const bit = i * bitDepth;
    bytes[bit >> 3] |= value << (8 - bitDepth - (bit & 7));
  });
  return bytes;
}

function filterRow(
  filter: number,
  line: Uint8Array,
  above: Uint8Array | undefined,
  { bitDepth, colorType }: Samples,
): Uint8Array {
  const distance = Math.max(1, (CHANNELS[colorType] * bitDepth) >> 3);
  const filtered = new Uint8Array(line.length + 1);
  filtered[0] = filter;
  line.forEach((value, i) => {
    const a = i < distance ? 0 : line[i - distance];
    const b = above?.[i] ?? 0;
    const c = i < distance ? 0 : (above?.[i - distance] ?? 0);
    filtered[i + 1] = value - predict(filter, a, b, c);
  });
  return filtered;
}

function predict(filter: number, a: number, b: number, c: number): number {
  if (filter < 3) return [0, a, b][filter];
  if (filter === 3) return (a + b) >> 1;
  const p = a + b - c;
  const [pa, pb, pc] = [a, b, c].map((neighbour) => Math.abs(p - neighbour));
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

function slowCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
