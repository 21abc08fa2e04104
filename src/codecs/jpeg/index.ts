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
import { CodecError, type DecodeOptions, type DecodeReport, type RowSink } from "../types.ts";
import { createBitSource, finishScan, startScan } from "./bits.ts";
import type { ScanComponentSpec } from "./frame.ts";
import { type OpenJpeg, openJpeg } from "./header.ts";
import { buildHuffmanTable } from "./huffman.ts";
import { createOutput, emitBand, finishOutput } from "./output.ts";
import { createPlanes, type Plane } from "./planes.ts";
import { chooseScale, type Layout, layOut } from "./scale.ts";
import { decodeBand, type OnePassPart, type OnePassScan } from "./sequential.ts";
import { broken, type Tables } from "./tables.ts";
import { createWarnings } from "./warnings.ts";
import { NATURAL_ORDER } from "./zigzag.ts";

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
  if (header.process === "progressive" || !header.interleaved) {
    throw new CodecError("unsupported", "JPEG with several scans is not supported");
  }
  decodeOnePass(jpeg, layout, sink);
  return { warnings: [...warnings.messages] };
}

/** Decodes a file whose only scan holds all components. */
function decodeOnePass(jpeg: OpenJpeg, layout: Layout, sink: RowSink): void {
  const { header, stream, scan } = jpeg;
  const planes = createPlanes(layout);
  const source = createBitSource(stream);
  const { restartInterval } = stream.tables;
  const pass: OnePassScan = {
    source,
    parts: scan.components.map((component) =>
      onePassPart(stream.tables, component, header.frame.components[component.index].quantizer, planes),
    ),
    mcusWide: layout.mcusWide,
    restartInterval,
    restartsToGo: restartInterval,
  };
  startScan(source);
  const output = createOutput(layout, planes, header.colorSpace, sink);
  for (let band = 0; band < layout.mcusHigh; band++) {
    decodeBand(pass, band);
    emitBand(output, band);
  }
  finishScan(source);
  finishOutput(output);
}

function onePassPart(
  tables: Tables,
  component: ScanComponentSpec,
  quantizer: number,
  planes: readonly Plane[],
): OnePassPart {
  const { index, dcTable, acTable } = component;
  const dc = tables.dc[dcTable];
  const ac = tables.ac[acTable];
  if (!dc || !ac) throw broken("a scan without its Huffman tables");
  const natural = tables.quantizers[quantizer];
  if (!natural) throw broken(`a scan without quantization table ${quantizer}`);
  return {
    dc: buildHuffmanTable(dc, true),
    ac: buildHuffmanTable(ac, false),
    quantizers: Int32Array.from(NATURAL_ORDER, (at) => natural[at]),
    prediction: 0,
    plane: planes[index],
  };
}
