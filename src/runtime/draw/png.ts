/**
 * A drawn picture as a file.
 *
 * @module
 */
import { encodePng } from "../../codecs/encode/png.ts";
import type { Image } from "../../codecs/types.ts";

/** Encodes a picture as an RGB PNG. */
export function imageToPng({ width, height, pixels }: Image): Promise<Uint8Array> {
  return encodePng({
    width,
    height,
    color: "rgb",
    row: (y, into) => into.set(pixels.subarray(y * width * 3, (y + 1) * width * 3)),
  });
}
