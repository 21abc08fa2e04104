/**
 * Bytes of any accepted format → 8-bit RGB.
 *
 * @module
 */
import { estimateDecodeBytes, readHeader, unsupported } from "./header.ts";
import { decodeJpeg } from "./jpeg/index.ts";
import { checkDecodeBytes } from "./limits.ts";
import { orientRows } from "./orient.ts";
import { decodePng } from "./png/decode.ts";
import type { DecodeOptions, DecodeReport, Image, ImageFormat, Limits, RowSink } from "./types.ts";

export { type ConvertImage, toDecodable } from "./convert.ts";
export { readExifOrientation, swapsSides, uprightSize } from "./exif.ts";
export { estimateDecodeBytes, readHeader } from "./header.ts";
export { DEFAULT_LIMITS } from "./limits.ts";
export { ACCEPTED_FORMATS, type Sniffed, sniff } from "./sniff.ts";
export * from "./types.ts";

/** A decoder of one format. */
type Decode = (
  bytes: Uint8Array,
  options: DecodeOptions,
  sink: RowSink,
) => DecodeReport | Promise<DecodeReport>;

/** JPEG and PNG are at hand; the others are loaded when the first such picture comes. */
const DECODERS: Readonly<Partial<Record<ImageFormat, () => Decode | Promise<Decode>>>> = {
  jpeg: () => decodeJpeg,
  png: () => decodePng,
  webp: async () => (await import("./webp/decode.ts")).decodeWebp,
  gif: async () => (await import("./gif/decode.ts")).decodeGif,
  bmp: async () => (await import("./bmp/decode.ts")).decodeBmp,
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
  checkDecodeBytes(estimateDecodeBytes(header, options.minSize), header, options.limits);
  const decode = await DECODERS[header.format]?.();
  if (!decode) throw unsupported(header.format);
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
