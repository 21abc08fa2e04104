/**
 * What the JPEG tests share: pictures to decode, and ways to look at what comes out.
 *
 * @module
 */
import { decodeAtScale } from "../../../../src/codecs/jpeg/decode.ts";
import { openJpeg } from "../../../../src/codecs/jpeg/header.ts";
import { findMarker } from "../../../../src/codecs/jpeg/markers.ts";
import type { ScaleDenominator } from "../../../../src/codecs/jpeg/scale.ts";
import { createWarnings } from "../../../../src/codecs/jpeg/warnings.ts";
import type { DecodeOptions, Image, RowSink } from "../../../../src/codecs/types.ts";
import corpus from "./fixtures/corpus.json" with { type: "json" };
import strips from "./fixtures/strips.json" with { type: "json" };

/** Limits that nothing here reaches. */
export const NO_LIMITS: DecodeOptions = {
  limits: {
    maxBytes: Number.MAX_SAFE_INTEGER,
    maxPixels: Number.MAX_SAFE_INTEGER,
    maxSide: 65_535,
    maxDecodeBytes: Number.MAX_SAFE_INTEGER,
  },
};

/** Decodes base64. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A file of the corpus by a part of its name. */
export function corpusFile(name: string): Uint8Array {
  const file = corpus.find((entry) => entry.name.includes(name));
  if (!file) throw new Error(`no file "${name}" in the corpus`);
  return bytesOf(file.jpeg);
}

/** A sink that keeps the whole picture. */
export function collector(): { sink: RowSink; image(): Image } {
  let width = 0;
  let height = 0;
  let pixels = new Uint8Array(0);
  return {
    sink: {
      begin(w, h) {
        width = w;
        height = h;
        pixels = new Uint8Array(w * h * 3);
      },
      row(y, rgb) {
        pixels.set(rgb, y * width * 3);
      },
      end() {},
    },
    image: () => ({ width, height, pixels }),
  };
}

/** Decodes at a scale, whole. */
export function decodeScaled(
  bytes: Uint8Array,
  denominator: ScaleDenominator,
): Image & { warnings: string[] } {
  const warnings = createWarnings(false);
  const { sink, image } = collector();
  decodeAtScale(openJpeg(bytes, warnings), denominator, sink);
  return { ...image(), warnings: [...warnings.messages] };
}

/** Size and digest of a picture, in the form of the fixtures. */
export async function describePixels({ width, height, pixels }: Image): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", pixels as Uint8Array<ArrayBuffer>));
  const hex = [...digest.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${width}x${height} ${hex}`;
}

/** Kinds of {@link tallJpeg}. */
export type StripKind = keyof typeof strips;

/**
 * A picture 8000 pixels wide and as high as asked: a strip again and again.
 *
 * Its restart intervals begin with fresh predictions and are whole rows of MCUs, so that repeating each scan's gives a scan of
 * a higher picture. Only the markers have to be numbered anew, and the height has to be changed.
 *
 * @param times - how often; a strip is 16 rows high, or 8 with 4:4:4
 */
export function tallJpeg(kind: StripKind, times: number): Uint8Array {
  const strip = bytesOf(strips[kind]);
  const out: Uint8Array[] = [];
  let at = 0;
  while (at < strip.length) {
    const scan = findScan(strip, at);
    if (scan < 0) {
      out.push(strip.subarray(at));
      break;
    }
    const data = scan + 2 + ((strip[scan + 2] << 8) | strip[scan + 3]);
    out.push(strip.subarray(at, data));
    const { intervals, end } = splitScan(strip, data);
    for (let i = 0; i < times * intervals.length; i++) {
      if (i > 0) out.push(Uint8Array.of(0xff, 0xd0 + ((i - 1) & 7)));
      out.push(intervals[i % intervals.length]);
    }
    at = end;
  }
  return withHeight(concat(out), times * (kind.endsWith("4:4:4") ? 8 : 16));
}

/** Offset of the next SOS marker; -1 if there is none. Segments before it are passed by their lengths. */
function findScan(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at + 4 <= bytes.length) {
    const code = bytes[at + 1];
    if (code === 0xda) return at;
    at += code === 0xd8 || code === 0xd9 ? 2 : 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
  }
  return -1;
}

/** The restart intervals of a scan, and the offset of the marker behind it. */
function splitScan(bytes: Uint8Array, from: number): { intervals: Uint8Array[]; end: number } {
  const intervals: Uint8Array[] = [];
  let start = from;
  for (;;) {
    const marker = findMarker(bytes, start);
    intervals.push(bytes.subarray(start, marker));
    if ((bytes[marker + 1] & 0xf8) !== 0xd0) return { intervals, end: marker };
    start = marker + 2;
  }
}

/** Offset of the frame header's marker; that of the file's end where segments lead nowhere. */
export function frameOffset(bytes: Uint8Array): number {
  for (let at = 2; at + 4 <= bytes.length; at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])) {
    const code = bytes[at + 1];
    if (code >= 0xc0 && code <= 0xcf && code !== 0xc4) return at;
  }
  return bytes.length;
}

/** A copy that declares another height. */
export function withHeight(bytes: Uint8Array, height: number): Uint8Array {
  const at = frameOffset(bytes) + 5;
  return patch(bytes, at, height >> 8, height & 255);
}

/** A copy that declares another width. */
export function withWidth(bytes: Uint8Array, width: number): Uint8Array {
  const at = frameOffset(bytes) + 7;
  return patch(bytes, at, width >> 8, width & 255);
}

/** A copy with some bytes replaced. */
export function patch(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
}

/** A copy with a segment put in behind SOI. */
export function withSegment(bytes: Uint8Array, marker: number, payload: Uint8Array): Uint8Array {
  const length = payload.length + 2;
  return concat([
    bytes.subarray(0, 2),
    Uint8Array.of(0xff, marker, length >> 8, length & 255),
    payload,
    bytes.subarray(2),
  ]);
}

/** A copy without the header segments of a marker. */
export function withoutSegments(bytes: Uint8Array, marker: number): Uint8Array {
  const parts = [bytes.subarray(0, 2)];
  let at = 2;
  while (bytes[at + 1] !== 0xda) {
    const end = at + 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (bytes[at + 1] !== marker) parts.push(bytes.subarray(at, end));
    at = end;
  }
  parts.push(bytes.subarray(at));
  return concat(parts);
}

/** All parts behind one another. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
