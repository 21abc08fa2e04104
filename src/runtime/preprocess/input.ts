/**
 * The network's input: its buffer, and where the rows of the resized picture go in it.
 *
 * @module
 */
import { place } from "../../codecs/orient.ts";
import type { Preprocess } from "../card.ts";
import type { ImageTensor, Tensor } from "../engines/engine.ts";
import { type Geometry, toStored } from "./plan.ts";
import { fillWithBlack, type Layout, type WriteRow, writeBytes, writeFloats } from "./target.ts";

/** The part of the resized picture that lies in the input, along one upright axis: from its first position up to its last. */
export function visible(resized: number, offset: number, input: number): { from: number; to: number } {
  return { from: Math.max(0, -offset), to: Math.min(resized, input - offset) };
}

/**
 * Makes the input, its padding filled, and the way to write rows into it.
 *
 * torchvision's detection transform pads after the normalisation, so with zeros; everything else pads with black, before it.
 */
export function makeInput(
  geometry: Geometry,
  layout: Layout,
  spec: Preprocess,
  into?: Uint8Array | Float32Array,
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
    const pixels = bufferOf(Uint8Array, height * width * 3, into);
    const { scale, mean, std } = spec;
    return { input: { width, height, pixels, scale, mean, std }, write: writeBytes(pixels, placement) };
  }
  const data = bufferOf(Float32Array, 3 * height * width, into);
  const planar = layout === "nchw";
  const dims = planar ? [1, 3, height, width] : [1, height, width, 3];
  const strides = planar ? { channel: height * width, pixel: 1 } : { channel: 1, pixel: 3 };
  if (spec.kind !== "generalized_rcnn") fillWithBlack(data, strides, spec);
  const write = writeFloats(data, placement, strides, spec);
  return { input: { dims, data }, write };
}

/** A zeroed buffer: the caller's, or a new one. */
function bufferOf<T extends Uint8Array | Float32Array>(
  type: new (length: number) => T,
  length: number,
  into: Uint8Array | Float32Array | undefined,
): T {
  if (!into) return new type(length);
  if (!(into instanceof type) || into.length !== length) {
    throw new TypeError(
      `the input needs a ${type.name} of ${length}, not a ${into.constructor.name} of ${into.length}`,
    );
  }
  into.fill(0);
  return into;
}
