/**
 * Puts the resizer for a picture together, when its decoder says at which size the rows come.
 *
 * @module
 */
import { swapsSides } from "../../codecs/exif.ts";
import { mirrors } from "../../codecs/orient.ts";
import type { ImageHeader, Region } from "../../codecs/types.ts";
import { type Axis, makeAxis } from "./coefficients.ts";
import { visible } from "./input.ts";
import { makePlainAxis, makePlainResizer } from "./plain.ts";
import type { Geometry } from "./plan.ts";
import { makeResampler, regionFor } from "./resample.ts";
import type { Size } from "./size.ts";
import type { WriteRow } from "./target.ts";
import type { PushRow } from "./vertical.ts";

/** The way from decoded rows to the network's input. */
export interface Resizer {
  readonly push: PushRow;
  /** The part of the decoded picture that it takes. */
  readonly region: Region;
}

/**
 * Makes the way from decoded rows to the part of the resized picture that lies in the input. Rows come and go in stored orientation.
 *
 * @param decoded the size of what the decoder gives, which may be less than the header's
 * @param antialias by Pillow's antialiased filter; else by plain interpolation
 */
export function makeResizer(
  decoded: Size,
  header: ImageHeader,
  geometry: Geometry,
  antialias: boolean,
  write: WriteRow,
): Resizer {
  const { orientation, offset, resized, input } = geometry;
  const turned = swapsSides(orientation);
  const mirror = mirrors(orientation);
  // The upright axes, then which of them the stored columns and rows are.
  const x = { outSize: resized.width, ...visible(resized.width, offset.x, input.width), mirrored: mirror.x };
  const y = {
    outSize: resized.height,
    ...visible(resized.height, offset.y, input.height),
    mirrored: mirror.y,
  };
  const [across, down] = turned ? [y, x] : [x, y];
  const columns = { inSize: decoded.width, covered: coveredBy(decoded.width, header.width), ...across };
  const rows = { inSize: decoded.height, covered: coveredBy(decoded.height, header.height), ...down };
  if (!antialias) {
    const region = { left: 0, right: decoded.width, top: 0, bottom: decoded.height };
    return { region, push: makePlainResizer(makePlainAxis(columns), makePlainAxis(rows), write) };
  }
  const order = turned ? "vertical_first" : "horizontal_first";
  const [storedColumns, storedRows] = [storedAxis(columns), storedAxis(rows)];
  return {
    region: regionFor(storedColumns, storedRows),
    push: makeResampler(storedColumns, storedRows, order, write),
  };
}

/** Counts the wanted positions of a mirrored axis from the other end. */
function storedAxis(axis: Parameters<typeof makeAxis>[0] & { from: number; to: number }): Axis {
  if (!axis.mirrored) return makeAxis(axis);
  return makeAxis({ ...axis, from: axis.outSize - axis.to, to: axis.outSize - axis.from });
}

/**
 * How much of a decoded side the picture covers. A decoder that scales rounds up, so the last column may stand for part of a
 * pixel only: 4001 pixels at 1/8 come as 501, of which 500.125 are picture.
 */
function coveredBy(decoded: number, stored: number): number {
  for (const factor of [1, 2, 4, 8]) {
    if (Math.ceil(stored / factor) === decoded) return stored / factor;
  }
  return decoded;
}
