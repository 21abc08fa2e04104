/**
 * Decodes a file at a given scale.
 *
 * @module
 */
import type { RowSink } from "../types.ts";
import { isOnePass, type OpenJpeg } from "./header.ts";
import { decodeScans } from "./multi-scan.ts";
import { createOutput, emitBand, emitRest, finishOutput } from "./output.ts";
import { createPlanes } from "./planes.ts";
import { type Layout, layOut, type ScaleDenominator } from "./scale.ts";
import { decodeBand, finishOnePass, startOnePass } from "./sequential.ts";
import { createSmoothing } from "./smoothing.ts";
import { transformBand } from "./transform-band.ts";

/**
 * Decodes a file whose header was read.
 *
 * @param denominator - what its sides are divided by, rounded up
 * @throws {CodecError} `broken`
 */
export function decodeAtScale(jpeg: OpenJpeg, denominator: ScaleDenominator, sink: RowSink): void {
  const layout = layOut(jpeg.header.frame, denominator);
  if (isOnePass(jpeg.header)) decodeOneScan(jpeg, layout, sink);
  else decodeAllScans(jpeg, layout, sink);
}

/** Decodes a file of one scan band by band. */
function decodeOneScan(jpeg: OpenJpeg, layout: Layout, sink: RowSink): void {
  const planes = createPlanes(layout);
  const scan = startOnePass(jpeg, layout, planes);
  const output = createOutput(layout, planes, jpeg.header.colorSpace, sink);
  let grayBands = 0;
  for (let band = 0; band < layout.mcusHigh; band++) {
    grayBands = decodeBand(scan, output.crop, band) ? 0 : grayBands + 1;
    // When both bands that the planes hold are without data, so are all rows to come: hostile headers declare many.
    if (grayBands === 2) {
      emitRest(output);
      break;
    }
    emitBand(output, band);
  }
  finishOnePass(scan);
  finishOutput(output);
}

/** Reads all scans of a file, then decodes it band by band. */
function decodeAllScans(jpeg: OpenJpeg, layout: Layout, sink: RowSink): void {
  const { header } = jpeg;
  const scans = decodeScans(jpeg, layout);
  const smoothing = header.process === "progressive" ? createSmoothing(scans, layout.mcusHigh) : [];
  const planes = createPlanes(layout);
  const block = new Int16Array(64);
  const output = createOutput(layout, planes, header.colorSpace, sink);
  for (let band = 0; band < layout.mcusHigh; band++) {
    for (let i = 0; i < planes.length; i++) {
      transformBand(scans.components[i], smoothing[i], planes[i], output.crop, band, block);
    }
    emitBand(output, band);
  }
  finishOutput(output);
}
