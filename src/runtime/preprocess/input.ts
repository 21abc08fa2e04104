/**
 * The network's input: its buffer, and where the rows of the resized picture go in it.
 *
 * @module
 */
import { place } from "../../codecs/orient.ts";
import type { Preprocess } from "../card.ts";
import type { ImageTensor, RowTensor, Tensor } from "../engines/engine.ts";
import { toPlanes } from "../engines/rows.ts";
import { visible } from "./axes.ts";
import { type Geometry, toStored } from "./plan.ts";
import { fillWithBlack, type Layout, type WriteRow, writeBytes, writeFloats } from "./target.ts";

/** Makes the input of an antialiased picture, filled with black for padding, and the way to write rows into it. */
export function makeInput(
  geometry: Geometry,
  layout: Exclude<Layout, "rows">,
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
  fillWithBlack(data, strides, spec);
  const write = writeFloats(data, placement, strides, spec);
  return { input: { dims, data }, write };
}

/** Makes all rows of a picture that is made by rows. */
export function materialise(
  picture: RowTensor,
  layout: "nchw" | "nhwc",
  into?: Uint8Array | Float32Array,
): Tensor {
  const { height, width } = picture;
  const data = bufferOf(Float32Array, 3 * height * width, into);
  if (layout === "nchw") return toPlanes(picture, data);
  for (let y = 0; y < height; y++) picture.row(y, data.subarray(3 * width * y, 3 * width * (y + 1)));
  return { dims: [1, height, width, 3], data };
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
