/**
 * What decoding will take, from the header alone.
 *
 * @module
 */
import { slotsFor } from "./coefficients.ts";
import { isOnePass, type JpegHeader } from "./header.ts";
import { chooseScale, layOut } from "./scale.ts";

/** What does not depend on the picture: the window on the data, tables, and garbage of small objects. */
const FIXED_BYTES = 512 * 1024;

/**
 * About how much memory `decodeJpeg` takes at its peak beside the file itself and what the sink takes: in bytes, a bound
 * rather than a mean. Files of one scan take a few rows; files of several take all the coefficients that the scale reads.
 *
 * @param minSize - as of `DecodeOptions`
 */
export function estimateJpegBytes(
  header: JpegHeader,
  minSize?: { readonly width: number; readonly height: number },
): number {
  const layout = layOut(header.frame, chooseScale(header, minSize));
  let bytes = FIXED_BYTES + 3 * layout.width;
  for (const component of layout.components) {
    const { dctSize, v, paddedBlocksWide, paddedBlocksHigh } = component;
    // Two bands of samples, and a row at full width.
    bytes += 2 * v * dctSize * paddedBlocksWide * dctSize + layout.width;
    if (isOnePass(header)) continue;
    const slots = slotsFor(dctSize);
    const perBlock = slots > 1 ? 2 * slots + 8 : 2;
    bytes += paddedBlocksWide * paddedBlocksHigh * perBlock;
  }
  return bytes;
}
