/**
 * From a header and a card's recipe to numbers: the network's input size, where the picture lies in it, how large it must be decoded.
 *
 * @module
 */
import { swapsSides, uprightSize } from "../../codecs/exif.ts";
import { estimateDecodeBytes } from "../../codecs/header.ts";
import type { ImageHeader, Orientation } from "../../codecs/types.ts";
import type { Preprocess } from "../card.ts";
import { ceilTo, centerCropOffset, longerSideTo, rcnnSize, type Size, shorterSideTo } from "./size.ts";

/** Where the picture lies in the network's input. All sizes are upright: after the EXIF orientation. */
export interface Geometry {
  readonly orientation: Orientation;
  /** The picture as it is seen. Boxes and masks are given in its pixels. */
  readonly original: Size;
  /** The size to which the whole picture was resized. */
  readonly resized: Size;
  /** Where the resized picture's top left corner lies in the input: negative where the crop cuts, positive after padding. */
  readonly offset: { readonly x: number; readonly y: number };
  /** The network's input. */
  readonly input: Size;
  /** Whether the card's `max_size` made the picture smaller than its `resize` asks. */
  readonly capped: boolean;
}

/** A plan: the geometry, and the smallest stored size from which it can be made. */
export interface Plan {
  readonly geometry: Geometry;
  /** For `DecodeOptions.minSize`; absent where only full size will do. */
  readonly minSize?: Size;
}

/**
 * How many times the resized size a picture is decoded at, at least, where the decoder can scale (JPEG). At exactly the size asked for, the
 * decoder's own filter would take the antialiasing's place: 1.2 to 1.7 levels from a full decode on 38 photos (mean of absolute
 * differences after the resize, whose shorter side was 50 to 256). From 1.4 on it is 0.5 to 1.0, at 2 below 0.6. With 1.4 a photo of 12
 * megapixels is decoded at 1/8 for a classifier (375 rows for 256) and at 1/4 for segmentation (750 for 520).
 */
const DECODE_MARGIN = 1.4;

/** The same where nothing is antialiased, and the picture is scaled only because there is no memory for all of it. */
const PLAIN_DECODE_MARGIN = 2;

/**
 * What a full-size decode for a detector may take. Files that are read band by band stay far below; of progressive JPEG, with all its
 * coefficients in memory, 12 megapixels fit.
 */
const MAX_FULL_DECODE_BYTES = 40_000_000;

/**
 * Plans a picture. Nothing is decoded.
 *
 * @example
 * const { geometry, minSize } = planPreprocess(readHeader(bytes, limits), card.preprocess);
 * const memory = estimateDecodeBytes(header, minSize) + geometry.input.width * geometry.input.height * 3;
 */
export function planPreprocess(header: ImageHeader, spec: Preprocess): Plan {
  const original = uprightSize(header);
  const fit = fitTo(original, spec);
  const geometry: Geometry = {
    orientation: header.orientation,
    original,
    resized: fit.resized,
    offset: fit.offset ?? { x: 0, y: 0 },
    input: fit.input ?? fit.resized,
    capped: fit.capped ?? false,
  };
  const { width, height } = toStored(geometry.resized, header.orientation);
  const times = (factor: number) => ({
    width: Math.ceil(width * factor),
    height: Math.ceil(height * factor),
  });
  if (spec.kind !== "generalized_rcnn") return { geometry, minSize: times(DECODE_MARGIN) };
  // Without antialiasing, a picture made smaller by the decoder comes out smoother than what the network was trained on.
  if (estimateDecodeBytes(header) <= MAX_FULL_DECODE_BYTES) return { geometry };
  return { geometry, minSize: times(PLAIN_DECODE_MARGIN) };
}

/** Turns an upright size into the stored one and back. */
export function toStored(size: Size, orientation: Orientation): Size {
  return swapsSides(orientation) ? { width: size.height, height: size.width } : size;
}

/**
 * A point of the network's input in pixels of the oriented original.
 *
 * @example
 * const { x, y } = toOriginal(geometry, box.xmin, box.ymin);
 */
export function toOriginal(geometry: Geometry, x: number, y: number): { x: number; y: number } {
  const { original, resized, offset } = geometry;
  return {
    x: (x - offset.x) * (original.width / resized.width),
    y: (y - offset.y) * (original.height / resized.height),
  };
}

interface Fit {
  readonly resized: Size;
  readonly offset?: { readonly x: number; readonly y: number };
  readonly input?: Size;
  readonly capped?: boolean;
}

function fitTo(original: Size, spec: Preprocess): Fit {
  switch (spec.kind) {
    case "resize_crop": {
      const { size } = shorterSideTo(original, spec.resize);
      const offset = {
        x: centerCropOffset(size.width, spec.crop),
        y: centerCropOffset(size.height, spec.crop),
      };
      return { resized: size, offset, input: { width: spec.crop, height: spec.crop } };
    }
    case "resize": {
      const { size, capped } = shorterSideTo(original, spec.resize, spec.max_size);
      return { resized: size, capped };
    }
    case "generalized_rcnn": {
      const resized = rcnnSize(original, spec.min_size, spec.max_size);
      const input = {
        width: ceilTo(resized.width, spec.size_divisible),
        height: ceilTo(resized.height, spec.size_divisible),
      };
      return { resized, input };
    }
    case "letterbox":
      return { resized: longerSideTo(original, spec.size), input: { width: spec.size, height: spec.size } };
    case "stretch":
      return { resized: { width: spec.width, height: spec.height } };
  }
}
