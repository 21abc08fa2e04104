/**
 * JPEG: baseline, extended sequential and progressive Huffman coding with 8 bits a sample, at 1/1, 1/2, 1/4 or 1/8 of the
 * size.
 *
 * The arithmetic is that of libjpeg-turbo's default path, to the bit: accurate integer inverse DCT, reduced inverse DCTs
 * when scaling, triangle filters for chroma, integer colour conversion. The algorithms are based in part on the work of the
 * Independent JPEG Group; each module names the file of libjpeg in which its counterpart is found.
 *
 * @module
 */
import { checkBytes, checkDecodeBytes, checkDimensions } from "../limits.ts";
import type { DecodeOptions, DecodeReport, RowSink } from "../types.ts";
import { decodeAtScale } from "./decode.ts";
import { openJpeg } from "./header.ts";
import { estimateJpegBytes } from "./memory.ts";
import { chooseScale } from "./scale.ts";
import { createWarnings } from "./warnings.ts";

export { isJpegHeader, readJpegHeader } from "./header.ts";
export { estimateJpegBytes } from "./memory.ts";
export { chooseScale } from "./scale.ts";

/**
 * Decodes a JPEG file, pushing its rows into a sink. At the end of damaged data it goes on as libjpeg does, with gray,
 * unless `options.strict` is set.
 *
 * @throws {CodecError} `broken`, `unsupported`, `too_large`
 * @example
 * const { warnings } = decodeJpeg(bytes, { limits, minSize: { width: 256, height: 256 } }, sink);
 */
export function decodeJpeg(bytes: Uint8Array, options: DecodeOptions, sink: RowSink): DecodeReport {
  const { limits } = options;
  checkBytes(bytes, limits);
  const warnings = createWarnings(options.strict ?? false);
  const jpeg = openJpeg(bytes, warnings);
  checkDimensions(jpeg.header, limits);
  checkDecodeBytes(estimateJpegBytes(jpeg.header, options.minSize), jpeg.header, limits);
  decodeAtScale(jpeg, chooseScale(jpeg.header, options.minSize), sink);
  return { warnings: [...warnings.messages] };
}
