/**
 * Walks the marker segments of a JPEG stream (libjpeg: jdmarker.c).
 *
 * @module
 */
import { type Frame, readFrame, readScan, type ScanHeader } from "./frame.ts";
import {
  broken,
  createTables,
  readHuffmanSpecs,
  readQuantizers,
  readRestartInterval,
  type Tables,
} from "./tables.ts";
import { type Warnings, warn, warnOfDamage } from "./warnings.ts";

/** Marker codes, second byte (T.81, table B.1). */
const SOI = 0xd8;
export const EOI = 0xd9;
export const RST0 = 0xd0;
const RST7 = 0xd7;
/** Smaller codes are noise, but for TEM. */
export const SOF0 = 0xc0;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const SOF15 = 0xcf;
const SOS = 0xda;
const DQT = 0xdb;
const DNL = 0xdc;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;
const TEM = 0x01;

/** A stream being read, and what its markers have said so far. */
export interface Stream {
  readonly bytes: Uint8Array;
  /** Offset of the next byte to read. */
  position: number;
  readonly tables: Tables;
  frame: Frame | undefined;
  /** A JFIF APP0 was seen. */
  jfif: boolean;
  /** Transform byte of an Adobe APP14, where there was one. */
  adobeTransform: number | undefined;
  /** The first EXIF APP1's TIFF structure, after its `Exif\0\0`: a view into the file. */
  exif: Uint8Array | undefined;
  readonly warnings: Warnings;
}

/**
 * Opens a stream at its SOI.
 *
 * @throws {CodecError} `broken`, where there is no SOI
 */
export function openStream(bytes: Uint8Array, warnings: Warnings): Stream {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) throw broken("no start-of-image marker");
  return {
    bytes,
    position: 2,
    tables: createTables(),
    frame: undefined,
    jfif: false,
    adobeTransform: undefined,
    exif: undefined,
    warnings,
  };
}

/**
 * Reads segments until a scan starts or the image ends.
 *
 * @returns the scan's header, `position` being at its entropy-coded data; `undefined` at the end of the image
 * @throws {CodecError} `broken`, `unsupported`
 */
export function readToScan(stream: Stream): ScanHeader | undefined {
  for (;;) {
    const marker = nextMarker(stream);
    if (marker === EOI) return undefined;
    if (marker === TEM || isRestartMarker(marker)) continue;
    const segment = readSegment(stream, marker);
    if (!segment) return undefined;
    if (marker === SOS) {
      if (!stream.frame) throw broken("a scan before the frame header");
      return readScan(stream.frame, segment);
    }
    readParameters(stream, marker, segment);
  }
}

/**
 * Finds the next marker, past anything that is none.
 *
 * @returns its code; EOI where the file ends first
 */
function nextMarker(stream: Stream): number {
  const { bytes } = stream;
  const at = findMarker(bytes, stream.position);
  if (at < 0) {
    stream.position = bytes.length;
    warnOfDamage(stream.warnings, "premature end of file");
    return EOI;
  }
  // Any number of 0xFF may pad a marker (T.81, B.1.1.2), so only what is not 0xFF is damage.
  for (let i = stream.position; i < at; i++) {
    if (bytes[i] === 0xff) continue;
    const code = bytes[at + 1].toString(16);
    warnOfDamage(stream.warnings, `extraneous bytes before marker 0x${code}`);
    break;
  }
  stream.position = at + 2;
  return bytes[at + 1];
}

/**
 * Offset of the 0xFF of the next marker at or after `from`; -1 if there is none. Stuffed zeros and fill bytes are passed.
 */
export function findMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code !== undefined && code !== 0 && code !== 0xff) return at;
  }
  return -1;
}

/** The payload of a segment; `undefined`, with a warning, where the file ends in it after the frame header. */
function readSegment(stream: Stream, marker: number): Uint8Array | undefined {
  const { bytes, position } = stream;
  const length = position + 2 <= bytes.length ? (bytes[position] << 8) | bytes[position + 1] : Infinity;
  if (length < 2) throw broken(`a segment 0x${marker.toString(16)} of length ${length}`);
  const end = position + length;
  if (end > bytes.length) {
    stream.position = bytes.length;
    if (!stream.frame) throw broken("the file ends in its header");
    warnOfDamage(stream.warnings, "premature end of file");
    return undefined;
  }
  stream.position = end;
  return bytes.subarray(position + 2, end);
}

/** Takes in a segment that is not a scan header. */
function readParameters(stream: Stream, marker: number, segment: Uint8Array): void {
  if (marker === DQT) readQuantizers(stream.tables, segment);
  else if (marker === DHT) readHuffmanSpecs(stream.tables, segment);
  else if (marker === DRI) readRestartInterval(stream.tables, segment);
  else if (marker >= SOF0 && marker <= SOF15 && marker !== JPG && marker !== DAC) {
    if (stream.frame) throw broken("a second frame header");
    stream.frame = readFrame(marker, segment);
  } else if (marker >= APP0 && marker <= APP15) readApplication(stream, marker, segment);
  else if (marker !== COM && marker !== DNL && marker !== DAC) {
    throw broken(`an unknown marker 0x${marker.toString(16)}`);
  }
}

/** Keeps what matters of JFIF, EXIF and Adobe segments. */
function readApplication(stream: Stream, marker: number, segment: Uint8Array): void {
  // 14 and 12 bytes are what libjpeg demands of either before it believes the name (jdmarker.c).
  if (marker === APP0 && segment.length >= 14 && startsWith(segment, "JFIF\0")) stream.jfif = true;
  else if (marker === APP1 && !stream.exif && startsWith(segment, "Exif\0\0"))
    stream.exif = segment.subarray(6);
  else if (marker === APP14 && segment.length >= 12 && startsWith(segment, "Adobe")) {
    stream.adobeTransform = segment[11];
  }
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Moves from the start of a scan's entropy-coded data to the marker behind them. */
export function skipScan(stream: Stream): void {
  const at = findEndOfScan(stream.bytes, stream.position);
  stream.position = at < 0 ? stream.bytes.length : at;
}

/**
 * Offset of the marker that ends a scan; -1 if there is none. Restart markers do not, nor do codes that mean nothing, which
 * libjpeg takes for noise (`jpeg_resync_to_restart` in jdmarker.c).
 */
function findEndOfScan(bytes: Uint8Array, from: number): number {
  let at = findMarker(bytes, from);
  while (at >= 0 && (bytes[at + 1] < SOF0 || isRestartMarker(bytes[at + 1]))) at = findMarker(bytes, at + 2);
  return at;
}

/** Whether a marker code is one of RST0 to RST7. */
export function isRestartMarker(code: number): boolean {
  return code >= RST0 && code <= RST7;
}

/**
 * The height that a DNL segment after the first scan gives (T.81, B.2.5), for frames that declare none.
 *
 * @param from - where the first scan's entropy-coded data start
 * @returns the height; `undefined` if the scan is not followed by a DNL
 */
export function readNumberOfLines(bytes: Uint8Array, from: number): number | undefined {
  const at = findEndOfScan(bytes, from);
  if (at < 0 || bytes[at + 1] !== DNL || at + 6 > bytes.length) return undefined;
  return (bytes[at + 4] << 8) | bytes[at + 5];
}

/** Which colour space the samples are in. */
export type JpegColorSpace = "gray" | "ycbcr" | "rgb" | "cmyk" | "ycck";

/** Decides the colour space as libjpeg does (`default_decompress_parms` in jdapimin.c). */
export function colorSpaceOf(stream: Stream, frame: Frame): JpegColorSpace {
  const { adobeTransform, warnings } = stream;
  const ids = frame.components.map((component) => component.id);
  if (ids.length === 1) return "gray";
  if (ids.length === 3) {
    if (stream.jfif) return "ycbcr";
    if (adobeTransform !== undefined) {
      if (adobeTransform > 1) warn(warnings, `unknown Adobe color transform ${adobeTransform}`);
      return adobeTransform === 0 ? "rgb" : "ycbcr";
    }
    // Some encoders name the components R, G, B by their letters.
    return String.fromCharCode(...ids) === "RGB" ? "rgb" : "ycbcr";
  }
  if (adobeTransform === undefined) return "cmyk";
  if (adobeTransform !== 0 && adobeTransform !== 2) {
    warn(warnings, `unknown Adobe color transform ${adobeTransform}`);
  }
  return adobeTransform === 0 ? "cmyk" : "ycck";
}
