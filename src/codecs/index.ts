/**
 * Bytes of any accepted format → 8-bit RGB.
 *
 * @module
 */
import { estimateDecodeBytes, readHeader, unsupported } from "./header.ts";
import { decodeJpeg } from "./jpeg-js.ts";
import { checkDecodeBytes } from "./limits.ts";
import { orientRows } from "./orient.ts";
import { decodePng } from "./png/decode.ts";
import type { DecodeOptions, DecodeReport, Image, ImageFormat, Limits, RowSink } from "./types.ts";

export { readExifOrientation, swapsSides, uprightSize } from "./exif.ts";
export { estimateDecodeBytes, readHeader } from "./header.ts";
export { DEFAULT_LIMITS } from "./limits.ts";
export { ACCEPTED_FORMATS, type Sniffed, sniff } from "./sniff.ts";
export * from "./types.ts";

/** A decoder of one format. */
type Decode = (bytes: Uint8Array, options: DecodeOptions, sink: RowSink) => Promise<DecodeReport>;

const DECODERS: Readonly<Partial<Record<ImageFormat, Decode>>> = {
  jpeg: decodeJpeg,
  png: decodePng,
};

/**
 * Decodes a picture into a sink, row by row, in stored orientation.
 *
 * Limits are checked against the header before anything is allocated, the decoder's estimated memory included.
 *
 * @throws {CodecError} see {@link CodecErrorKind}
 */
export async function decodeInto(
  bytes: Uint8Array,
  options: DecodeOptions,
  sink: RowSink,
): Promise<DecodeReport> {
  const header = readHeader(bytes, options.limits);
  const decode = DECODERS[header.format];
  if (!decode) throw unsupported(header.format);
  checkDecodeBytes(estimateDecodeBytes(header, options.minSize), header, options.limits);
  return decode(bytes, options, sink);
}

/**
 * Decodes a whole picture at full size, upright: for drawing on it. It takes 3 bytes a pixel; inference streams instead.
 *
 * @throws {CodecError} see {@link CodecErrorKind}
 * @example
 * const { width, height, pixels } = await decode(bytes, DEFAULT_LIMITS);
 */
export async function decode(bytes: Uint8Array, limits: Limits): Promise<Image> {
  const { orientation } = readHeader(bytes, limits);
  const { sink, image } = orientRows(orientation);
  await decodeInto(bytes, { limits }, sink);
  return image();
}
