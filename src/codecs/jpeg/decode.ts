/**
 * Decodes a file at a given scale.
 *
 * @module
 */
import type { RowSink } from "../types.ts";
import type { OpenJpeg } from "./header.ts";
import { decodeScans } from "./multi-scan.ts";
import { createOutput, emitBand, finishOutput } from "./output.ts";
import { createPlanes } from "./planes.ts";
import { layOut, type ScaleDenominator } from "./scale.ts";
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
  const { header } = jpeg;
  const layout = layOut(header.frame, denominator);
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
    const scans = decodeScans(jpeg, layout);
    const smoothing = header.process === "progressive" ? createSmoothing(scans, layout.mcusHigh) : [];
    const block = new Int16Array(64);
    const output = createOutput(layout, planes, header.colorSpace, sink);
    for (let band = 0; band < layout.mcusHigh; band++) {
      for (let i = 0; i < planes.length; i++) {
        transformBand(scans.components[i], smoothing[i], planes[i], band, block);
      }
      emitBand(output, band);
    }
    finishOutput(output);
  }
}
