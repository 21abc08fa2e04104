/**
 * Reads headers without decoding, and estimates what decoding will take: what a service asks before it spends memory.
 *
 * @module
 */
import { JPEG_JS_BYTES_PER_PIXEL, readJpegHeader } from "./jpeg-js.ts";
import { checkBytes, checkDimensions } from "./limits.ts";
import { readPngHeader } from "./png/chunks.ts";
import { ACCEPTED_FORMATS, sniffFormat } from "./sniff.ts";
import { CodecError, type ImageFormat, type ImageHeader, type Limits } from "./types.ts";

const READERS: Readonly<Partial<Record<ImageFormat, (bytes: Uint8Array) => ImageHeader>>> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
};

/**
 * Format, dimensions and orientation by the file's own header, checked against the limits.
 *
 * @throws {CodecError} `not_an_image`, `unsupported`, `too_large` (naming the limit) or `broken`
 * @example
 * const { width, height, orientation } = readHeader(bytes, DEFAULT_LIMITS);
 */
export function readHeader(bytes: Uint8Array, limits: Limits): ImageHeader {
  checkBytes(bytes, limits);
  const format = sniffFormat(bytes);
  const read = READERS[format];
  if (!read) throw unsupported(format);
  const header = read(bytes);
  checkDimensions(header, limits);
  return header;
}

/** The error for formats that are recognised but not decoded. */
export function unsupported(format: ImageFormat): CodecError {
  return new CodecError(
    "unsupported",
    `${format.toUpperCase()} pictures are not decoded here; accepted are ${ACCEPTED_FORMATS}`,
  );
}

/** Buffers of a streaming decoder that do not depend on the picture: inflate's window and its read buffer, tables. */
const STREAM_BYTES = 512 * 1024;

/**
 * About how much memory `decodeInto` takes at its peak, in bytes, beside the file itself and what the sink takes.
 *
 * @param minSize as in `DecodeOptions`: decoders that scale take less
 */
export function estimateDecodeBytes(
  header: ImageHeader,
  _minSize?: { readonly width: number; readonly height: number },
): number {
  const { width, height } = header;
  switch (header.format) {
    case "png":
      // A row, the one above (8 bytes a pixel at most), the row of RGB; interlaced: seven streams at once.
      return (header.process === "interlaced" ? 7 : 1) * (STREAM_BYTES + width * 19);
    default:
      return STREAM_BYTES + width * height * JPEG_JS_BYTES_PER_PIXEL;
  }
}
