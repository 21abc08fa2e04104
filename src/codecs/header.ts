/**
 * Reads headers without decoding, and estimates what decoding will take: what a service asks before it spends memory.
 *
 * @module
 */
import { readBmpHeader } from "./bmp/header.ts";
import { readGifHeader } from "./gif/blocks.ts";
import { estimateJpegBytes, isJpegHeader, readJpegHeader } from "./jpeg/index.ts";
import { checkBytes, checkDimensions } from "./limits.ts";
import { readPngHeader } from "./png/chunks.ts";
import { ACCEPTED_FORMATS, sniffFormat } from "./sniff.ts";
import { CodecError, type ImageFormat, type ImageHeader, type Limits } from "./types.ts";
import { readWebpHeader } from "./webp/container.ts";

const READERS: Readonly<Partial<Record<ImageFormat, (bytes: Uint8Array) => ImageHeader>>> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  gif: readGifHeader,
  bmp: readBmpHeader,
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

/** Buffers of a streaming decoder that do not depend on the picture: inflate's window and what waits to be read, tables. */
const STREAM_BYTES = 1_000_000;

/** Bytes a pixel of a PNG's rows: as stored and the one above (8 each at most), as RGB. */
const PNG_ROW_BYTES_PER_PIXEL = 19;
/** An interlaced PNG is read by as many streams as it has passes. */
const PNG_PASSES = 7;

/**
 * What libwebp takes, measured on lossy, lossless and transparent pictures of 2 and 12 megapixels: WebAssembly memory that is 16 MB from
 * the start and grows in steps (up to 10.6 bytes a pixel: RGBA output, working planes), and the copy of the output that is handed out.
 */
const WEBP_LEAST_BYTES = 16_777_216;
const WEBP_BYTES_PER_PIXEL = 10.6;
const WEBP_COPY_BYTES_PER_PIXEL = 4;

/**
 * About how much memory `decodeInto` takes at its peak, in bytes, beside the file itself and what the sink takes.
 *
 * @param minSize as in `DecodeOptions`: decoders that scale take less
 */
export function estimateDecodeBytes(
  header: ImageHeader,
  minSize?: { readonly width: number; readonly height: number },
): number {
  if (isJpegHeader(header)) return estimateJpegBytes(header, minSize);
  const { width, height } = header;
  switch (header.format) {
    case "png": {
      const streams = header.process === "interlaced" ? PNG_PASSES : 1;
      return streams * (STREAM_BYTES + width * PNG_ROW_BYTES_PER_PIXEL);
    }
    case "webp":
      return (
        STREAM_BYTES +
        Math.max(WEBP_LEAST_BYTES, width * height * WEBP_BYTES_PER_PIXEL) +
        width * height * WEBP_COPY_BYTES_PER_PIXEL
      );
    default:
      // GIF and BMP: a few rows, and where rows start in a run-length coded BMP.
      return STREAM_BYTES + width * 8 + height * 8;
  }
}
