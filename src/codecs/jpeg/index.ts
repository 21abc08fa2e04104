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
import type { DecodeOptions, DecodeReport, RowSink } from "../types.ts";
import { openJpeg } from "./header.ts";
import { decodeScans } from "./multi-scan.ts";
import { createOutput, emitBand, finishOutput } from "./output.ts";
import { createPlanes } from "./planes.ts";
import { chooseScale, layOut } from "./scale.ts";
import { decodeBand, finishOnePass, startOnePass } from "./sequential.ts";
import { transformBand } from "./transform-band.ts";
import { createWarnings } from "./warnings.ts";

export { type JpegHeader, readJpegHeader } from "./header.ts";
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
  const warnings = createWarnings(options.strict ?? false);
  const jpeg = openJpeg(bytes, warnings);
  const { header } = jpeg;
  const layout = layOut(header.frame, chooseScale(header, options.minSize));
  const planes = createPlanes(layout);
  if (header.interleaved && header.process !== "progressive") {
    const scan = startOnePass(jpeg, layout, planes);
    const output = createOutput(layout, planes, header.colorSpace, sink);
    for (let band = 0; band < layout.mcusHigh; band++) {
      decodeBand(scan, band);
      emitBand(output, band);
    }
    finishOnePass(scan);
    finishOutput(output);
  } else {
    const components = decodeScans(jpeg, layout);
    const output = createOutput(layout, planes, header.colorSpace, sink);
    for (let band = 0; band < layout.mcusHigh; band++) {
      for (let i = 0; i < planes.length; i++) transformBand(components[i], planes[i], band);
      emitBand(output, band);
    }
    finishOutput(output);
  }
  return { warnings: [...warnings.messages] };
}
