/**
 * A mask as one PNG: the class index in each pixel, VOC's colours as its palette.
 *
 * @module
 */
import { encodePng } from "../../../../codecs/encode/png.ts";
import { VOC_PALETTE } from "../../../draw/palette.ts";
import type { ClassMask } from "../types.ts";

/** Encodes all classes of a mask in one 8-bit indexed PNG: a viewer shows colours, a program that ignores the palette reads indices. */
export function maskToPng({ width, height, classes }: ClassMask): Promise<Uint8Array> {
  return encodePng({
    width,
    height,
    color: "indexed",
    palette: VOC_PALETTE,
    row: (y, into) => into.set(classes.subarray(y * width, (y + 1) * width)),
  });
}
