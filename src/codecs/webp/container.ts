/**
 * WebP's container (RIFF; RFC 9649 §2): dimensions, orientation, and the first frame of an animation as a picture of its own.
 *
 * @module
 */
import { readExifOrientation } from "../exif.ts";
import { CodecError, type ImageHeader, type Orientation } from "../types.ts";

/** Where a frame lies on the canvas of an animation. */
export interface WebpFrame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** A complete WebP file that holds the frame alone. */
  readonly file: Uint8Array;
}

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
  /** The chunk as it lies in the file: type, size, body, padding. */
  readonly whole: Uint8Array;
}

/** `RIFF`, the size, `WEBP`. */
const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** Frame X, Y, width - 1, height - 1, duration (24 bits each) and flags. */
const ANMF_HEADER_BYTES = 16;
/** Flags of VP8X. */
const ANIMATION = 0x02;
const ALPHA = 0x10;

/** Steps through chunks; one that runs past the end is given as far as it goes. */
function* chunks(bytes: Uint8Array, from: number): Generator<Chunk> {
  for (let at = from; at + CHUNK_HEADER_BYTES <= bytes.length; ) {
    const size = uint32(bytes, at + 4);
    const next = at + CHUNK_HEADER_BYTES + size + (size & 1);
    yield {
      type: String.fromCharCode(...bytes.subarray(at, at + 4)),
      body: bytes.subarray(at + CHUNK_HEADER_BYTES, at + CHUNK_HEADER_BYTES + size),
      whole: bytes.subarray(at, next),
    };
    at = next;
  }
}

/** Reads dimensions and orientation. @throws {CodecError} `broken` */
export function readWebpHeader(bytes: Uint8Array): ImageHeader {
  let size: { width: number; height: number } | undefined;
  let process: string | undefined;
  let orientation: Orientation = 1;
  for (const { type, body } of chunks(bytes, RIFF_HEADER_BYTES)) {
    if (type === "VP8X" && !size && body.length >= 10) {
      size = { width: uint24(body, 4) + 1, height: uint24(body, 7) + 1 };
      if (body[0] & ANIMATION) process = "animated";
    } else if (type === "VP8 " || type === "VP8L") {
      size ??= readBitstreamSize(type, body);
      process ??= type === "VP8L" ? "lossless" : "lossy";
    } else if (type === "EXIF") {
      orientation = readExifOrientation(body);
    }
  }
  if (!size) throw new CodecError("broken", "WebP: the file ends before its header");
  return { format: "webp", ...size, orientation, ...(process ? { process } : {}) };
}

/**
 * Cuts the first frame out of an animation; libwebp's simple decoder takes still pictures only.
 *
 * @returns `undefined` if the picture is not animated
 * @throws {CodecError} `broken` for an animation without frames
 */
export function firstFrame(bytes: Uint8Array): WebpFrame | undefined {
  let animated = false;
  for (const { type, body } of chunks(bytes, RIFF_HEADER_BYTES)) {
    if (type === "VP8X") animated = ((body[0] ?? 0) & ANIMATION) !== 0;
    if (!animated) return undefined;
    if (type === "ANMF" && body.length > ANMF_HEADER_BYTES) return cutFrame(body);
  }
  if (animated) throw new CodecError("broken", "WebP: the animation has no frame");
  return undefined;
}

/**
 * The size that a still picture's own data declare, which is what libwebp allocates for: to be compared with the container's.
 *
 * @returns `undefined` if there are none that can be read
 */
export function bitstreamSize(file: Uint8Array): { width: number; height: number } | undefined {
  for (const { type, body } of chunks(file, RIFF_HEADER_BYTES)) {
    if (type === "VP8 " || type === "VP8L") return readBitstreamSize(type, body);
  }
  return undefined;
}

function cutFrame(anmf: Uint8Array): WebpFrame {
  const width = uint24(anmf, 6) + 1;
  const height = uint24(anmf, 9) + 1;
  const parts: Uint8Array[] = [];
  let alpha = 0;
  for (const { type, whole } of chunks(anmf, ANMF_HEADER_BYTES)) {
    if (type === "ALPH") alpha = ALPHA;
    if (type === "ALPH" || type === "VP8 " || type === "VP8L") parts.push(whole);
  }
  const vp8x = new Uint8Array(10);
  vp8x[0] = alpha;
  setUint24(vp8x, 4, width - 1);
  setUint24(vp8x, 7, height - 1);
  // A lossless frame carries its alpha itself and stands alone; the extended header is what announces ALPH.
  const file = joinRiff(alpha ? [chunk("VP8X", vp8x), ...parts] : parts);
  // Offsets are stored halved.
  return { x: uint24(anmf, 0) * 2, y: uint24(anmf, 3) * 2, width, height, file };
}

function readBitstreamSize(type: string, body: Uint8Array): { width: number; height: number } | undefined {
  if (type === "VP8 ") {
    // A key frame: 3 bytes of tag, the start code 9d 01 2a, then 14 bits each (RFC 6386 §9.1).
    if (body.length < 10 || body[3] !== 0x9d || body[4] !== 0x01 || body[5] !== 0x2a) return undefined;
    return { width: (body[6] | (body[7] << 8)) & 0x3fff, height: (body[8] | (body[9] << 8)) & 0x3fff };
  }
  // Lossless: the signature 2f, then 14 bits each, less one (RFC 9649 §3.4).
  if (body.length < 5 || body[0] !== 0x2f) return undefined;
  const bits = uint32(body, 1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function joinRiff(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 4);
  const file = new Uint8Array(size + 8);
  file.set(ascii("RIFF"));
  setUint32(file, 4, size);
  file.set(ascii("WEBP"), 8);
  let at = RIFF_HEADER_BYTES;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(CHUNK_HEADER_BYTES + body.length);
  whole.set(ascii(type));
  setUint32(whole, 4, body.length);
  whole.set(body, CHUNK_HEADER_BYTES);
  return whole;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (uint24(bytes, at) | (bytes[at + 3] << 24)) >>> 0;
}

function setUint24(bytes: Uint8Array, at: number, value: number): void {
  bytes.set([value & 255, (value >> 8) & 255, (value >> 16) & 255], at);
}

function setUint32(bytes: Uint8Array, at: number, value: number): void {
  setUint24(bytes, at, value & 0xffffff);
  bytes[at + 3] = value >>> 24;
}
