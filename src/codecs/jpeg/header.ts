/**
 * What a JPEG file says of itself, before its pixels are decoded.
 *
 * @module
 */
import { readExifOrientation } from "../exif.ts";
import type { ImageHeader } from "../types.ts";
import type { Frame, JpegProcess, ScanHeader } from "./frame.ts";
import {
  colorSpaceOf,
  type JpegColorSpace,
  openStream,
  readNumberOfLines,
  readToScan,
  type Stream,
} from "./markers.ts";
import { broken } from "./tables.ts";
import { createWarnings, type Warnings } from "./warnings.ts";

/** The header of a JPEG file. */
export interface JpegHeader extends ImageHeader {
  readonly format: "jpeg";
  readonly process: JpegProcess;
  readonly colorSpace: JpegColorSpace;
  /** The frame header, with the height of a DNL segment filled in. */
  readonly frame: Frame;
  /** Usual name of the sampling (`4:2:0`), or the components' factors (`2x2,1x2,1x2`). */
  readonly sampling: string;
  /** The first scan holds all components. */
  readonly interleaved: boolean;
  /** The transform byte of an Adobe segment. */
  readonly adobeTransform?: number;
  /** The TIFF structure of the first EXIF segment, without its `Exif\0\0`: a view into the file. */
  readonly exif?: Uint8Array;
}

/** A stream that is at its first scan. */
export interface OpenJpeg {
  readonly header: JpegHeader;
  readonly stream: Stream;
  readonly scan: ScanHeader;
}

/**
 * Reads the header of a JPEG file.
 *
 * @throws {CodecError} `broken`, `unsupported` (naming the coding process)
 * @example
 * const { width, height, process } = readJpegHeader(bytes);
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  return openJpeg(bytes, createWarnings(false)).header;
}

/** Reads up to the first scan. */
export function openJpeg(bytes: Uint8Array, warnings: Warnings): OpenJpeg {
  const stream = openStream(bytes, warnings);
  const scan = readToScan(stream);
  if (!scan || !stream.frame) throw broken("no image in the file");
  const height = stream.frame.height || readNumberOfLines(bytes, stream.position);
  if (!height) throw broken("a height of 0");
  const frame = { ...stream.frame, height };
  const header: JpegHeader = {
    format: "jpeg",
    width: frame.width,
    height,
    orientation: stream.exif ? readExifOrientation(stream.exif) : 1,
    process: frame.process,
    colorSpace: colorSpaceOf(stream, frame),
    frame,
    sampling: samplingOf(frame),
    interleaved: scan.components.length === frame.components.length,
    ...(stream.adobeTransform !== undefined && { adobeTransform: stream.adobeTransform }),
    ...(stream.exif && { exif: stream.exif }),
  };
  return { header, stream, scan };
}

/** Whether a header is that of a JPEG file, read by {@link readJpegHeader}. */
export function isJpegHeader(header: ImageHeader): header is JpegHeader {
  return header.format === "jpeg" && "frame" in header;
}

/** Whether the file has a single scan, so that the picture can be decoded band by band. */
export function isOnePass(header: JpegHeader): boolean {
  return header.interleaved && header.process !== "progressive";
}

/** Chroma samplings that have a name, by the luma's factors where all others' are 1. */
const NAMES: Readonly<Record<string, string>> = {
  "1x1": "4:4:4",
  "2x1": "4:2:2",
  "2x2": "4:2:0",
  "1x2": "4:4:0",
  "4x1": "4:1:1",
  "4x2": "4:1:0",
};

function samplingOf(frame: Frame): string {
  const factors = frame.components.map(({ h, v }) => `${h}x${v}`);
  const name = NAMES[factors[0]];
  if (factors.length === 1) return "4:0:0";
  return name && factors.slice(1, 3).every((factor) => factor === "1x1") ? name : factors.join();
}
