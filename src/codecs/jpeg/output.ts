/**
 * Hands decoded bands on as rows of RGB.
 *
 * @module
 */
import type { RowSink } from "../types.ts";
import { blendRow, canBlend } from "./blend.ts";
import { cmykToRgb, grayToRgb, rgbToRgb, type SampleRow, ycckToRgb, yccToRgb } from "./color.ts";
import { type Crop, cropTo } from "./crop.ts";
import type { JpegColorSpace } from "./markers.ts";
import type { Plane } from "./planes.ts";
import type { Layout } from "./scale.ts";
import { rowOffset, upsampleRow } from "./upsample.ts";

/** Makes a row of RGB of the components' rows. */
type Convert = (rows: readonly SampleRow[], left: number, right: number, rgb: Uint8Array) => void;

const CONVERT: Readonly<Record<JpegColorSpace, Convert>> = {
  gray: grayToRgb,
  ycbcr: yccToRgb,
  rgb: rgbToRgb,
  cmyk: cmykToRgb,
  ycck: ycckToRgb,
};

/** Rows that are doubled are written in pairs of pixels, so they may run over by one. */
const SPARE_PIXELS = 1;

/** Makes a row of RGB of what the planes hold. */
type MakeRow = (output: Output, y: number) => void;

/** Where rows go, and how far they have got. */
export interface Output {
  readonly layout: Layout;
  /** What is given. */
  readonly crop: Crop;
  readonly planes: readonly Plane[];
  readonly sink: RowSink;
  readonly makeRow: MakeRow;
  readonly convert: Convert;
  /** A row of each component. */
  readonly rows: readonly SampleRow[];
  /** Scratch for those that are upsampled. */
  readonly upsampled: readonly Uint8ClampedArray[];
  /** A row of RGB. */
  readonly rgb: Uint8Array;
  /** The same by pairs of bytes, in whole pairs of pixels. */
  readonly pairs: Uint16Array;
  /** The first row that is neither given nor passed by. */
  next: number;
}

/** Begins the output. */
export function createOutput(
  layout: Layout,
  planes: readonly Plane[],
  colorSpace: JpegColorSpace,
  sink: RowSink,
): Output {
  sink.begin(layout.width, layout.height);
  const blends = canBlend(layout, colorSpace);
  const pairs = new Uint16Array(3 * Math.ceil(layout.width / 2));
  return {
    layout,
    crop: cropTo(layout, sink.region?.()),
    planes,
    sink,
    makeRow: blends ? makeBlendedRow : makeUpsampledRow,
    convert: CONVERT[colorSpace],
    rows: planes.map((plane) => ({ samples: plane.samples, at: 0 })),
    upsampled: planes.map(
      ({ layout: { method } }) =>
        new Uint8ClampedArray(blends || method === "fullsize" ? 0 : layout.width + SPARE_PIXELS),
    ),
    rgb: new Uint8Array(pairs.buffer, 0, 3 * layout.width),
    pairs,
    next: 0,
  };
}

/**
 * Gives the rows of the crop that can be made now that a band is decoded: all of it, but for the last where the band below is needed.
 *
 * @param band - its number, from 0
 */
export function emitBand(output: Output, band: number): void {
  const { layout } = output;
  const isLast = band === layout.mcusHigh - 1;
  const end = (band + 1) * layout.bandHeight - (layout.needsContext ? 1 : 0);
  emitRows(output, isLast ? layout.height : Math.min(end, layout.height));
}

function emitRows(output: Output, end: number): void {
  const { sink, rgb } = output;
  const { top, bottom } = output.crop.region;
  for (let y = Math.max(output.next, top); y < Math.min(end, bottom); y++) {
    output.makeRow(output, y);
    sink.row(y, rgb);
  }
  output.next = end;
}

function makeBlendedRow({ planes, crop, pairs }: Output, y: number): void {
  blendRow(planes, y, crop, pairs);
}

function makeUpsampledRow(output: Output, y: number): void {
  const { crop, planes, rows, upsampled } = output;
  const { left, right } = crop.region;
  for (let i = 0; i < planes.length; i++) {
    const plane = planes[i];
    if (plane.layout.method === "fullsize") {
      rows[i].samples = plane.samples;
      rows[i].at = rowOffset(plane, y);
    } else {
      rows[i].samples = upsampled[i];
      upsampleRow(plane, y, crop, upsampled[i]);
    }
  }
  output.convert(rows, left, right, output.rgb);
}

/** Gives all rows that are still to come, where the planes hold the same sample everywhere. */
export function emitRest(output: Output): void {
  const { sink, rgb } = output;
  // The row before may look into the band that has data.
  emitRows(output, output.next + 1);
  const { top, bottom } = output.crop.region;
  const first = Math.max(output.next, top);
  if (first < bottom) output.makeRow(output, first);
  for (let y = first; y < bottom; y++) sink.row(y, rgb);
}

/** Ends the output. */
export function finishOutput(output: Output): void {
  output.sink.end();
}
