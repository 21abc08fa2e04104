/**
 * A file's bytes → a network's input, in one pass over the decoded rows: decode, resize, crop, turn upright, normalise.
 *
 * @module
 */
import { decodeInto } from "../../codecs/index.ts";
import { mirrors, place } from "../../codecs/orient.ts";
import type { DecodeReport, ImageHeader, Limits, RowSink } from "../../codecs/types.ts";
import type { Preprocess } from "../card.ts";
import type { ImageTensor, Tensor } from "../engines/engine.ts";
import { type Axis, makeAxis } from "./coefficients.ts";
import { makePlainAxis, makePlainResizer } from "./plain.ts";
import { type Geometry, planPreprocess, toStored } from "./plan.ts";
import { makeResampler } from "./resample.ts";
import { type Layout, type Normalization, type WriteRow, writeBytes, writeFloats } from "./target.ts";
import type { PushRow } from "./vertical.ts";

export { type Geometry, type Plan, planPreprocess, toOriginal } from "./plan.ts";
export type { Size } from "./size.ts";
export type { Layout } from "./target.ts";

/** How to prepare a picture. */
export interface PreprocessOptions {
  readonly limits: Limits;
  /** Refuse damaged pictures instead of bridging the damage. */
  readonly strict?: boolean;
  /**
   * The layout wanted; default `bytes`, which leaves the normalisation to the engine. A detector's picture (`generalized_rcnn`) is
   * never bytes: its interpolation does not round, so its default is `nchw`.
   */
  readonly layout?: Layout;
}

/** A network's input and what it was made of. */
export interface Prepared {
  readonly input: ImageTensor | Tensor;
  readonly geometry: Geometry;
  readonly report: DecodeReport;
}

/**
 * Prepares a picture for a network as its card says. Memory: the decoder's, a few rows, and the input itself.
 *
 * @param header of these bytes, by `readHeader`
 * @throws {CodecError} when the picture cannot be decoded
 * @example
 * const header = readHeader(bytes, DEFAULT_LIMITS);
 * const { input, geometry } = await preprocess(bytes, header, card.preprocess, { limits: DEFAULT_LIMITS });
 */
export async function preprocess(
  bytes: Uint8Array,
  header: ImageHeader,
  spec: Preprocess,
  options: PreprocessOptions,
): Promise<Prepared> {
  const { geometry, minSize } = planPreprocess(header, spec);
  const antialias = spec.kind !== "generalized_rcnn";
  const layout = options.layout ?? (antialias ? "bytes" : "nchw");
  if (!antialias && layout === "bytes")
    throw new TypeError("generalized_rcnn pictures are floats, not bytes");
  const { input, write } = makeInput(geometry, layout, spec);
  const sink = makeSink(header, geometry, antialias, write);
  const decodeOptions = {
    limits: options.limits,
    ...(minSize ? { minSize } : {}),
    ...(options.strict ? { strict: true } : {}),
  };
  const report = await decodeInto(bytes, decodeOptions, sink);
  return { input, geometry, report };
}

/** The part of the resized picture that lies in the input, along one upright axis: from its first position up to its last. */
function visible(resized: number, offset: number, input: number): { from: number; to: number } {
  return { from: Math.max(0, -offset), to: Math.min(resized, input - offset) };
}

/** The input's buffer, all zeros (so that padding needs no work), and how rows are written into it. */
function makeInput(
  geometry: Geometry,
  layout: Layout,
  normalization: Normalization,
): { readonly input: ImageTensor | Tensor; readonly write: WriteRow } {
  const { width, height } = geometry.input;
  const columns = visible(geometry.resized.width, geometry.offset.x, width);
  const rows = visible(geometry.resized.height, geometry.offset.y, height);
  const stored = toStored(
    { width: columns.to - columns.from, height: rows.to - rows.from },
    geometry.orientation,
  );
  const placement = place(
    geometry.orientation,
    stored.width,
    stored.height,
    width,
    Math.max(0, geometry.offset.x),
    Math.max(0, geometry.offset.y),
  );
  if (layout === "bytes") {
    const pixels = new Uint8Array(height * width * 3);
    const { scale, mean, std } = normalization;
    return { input: { width, height, pixels, scale, mean, std }, write: writeBytes(pixels, placement) };
  }
  const data = new Float32Array(3 * height * width);
  const planar = layout === "nchw";
  const dims = planar ? [1, 3, height, width] : [1, height, width, 3];
  const write = writeFloats(data, placement, planar ? height * width : 1, planar ? 1 : 3, normalization);
  return { input: { dims, data }, write };
}

/** The sink between decoder and input. The resizer is made when the decoder says at which size the picture comes. */
function makeSink(header: ImageHeader, geometry: Geometry, antialias: boolean, write: WriteRow): RowSink {
  let push: PushRow = () => {};
  return {
    begin(width, height) {
      push = makeResizer({ width, height }, header, geometry, antialias, write);
    },
    row: (y, rgb) => push(y, rgb),
    end() {},
  };
}

function makeResizer(
  decoded: { readonly width: number; readonly height: number },
  header: ImageHeader,
  geometry: Geometry,
  antialias: boolean,
  write: WriteRow,
): PushRow {
  const { orientation, offset, resized, input } = geometry;
  const turned = header.orientation >= 5;
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
  if (!antialias) return makePlainResizer(makePlainAxis(columns), makePlainAxis(rows), write);
  const order = turned ? "vertical_first" : "horizontal_first";
  return makeResampler(storedAxis(columns), storedAxis(rows), order, write);
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
