/**
 * Rows of RGB straight from the planes of a 4:2:0 picture, as most photos are: triangle filter and colour conversion in one loop, so that chroma is never
 * stored at full width (libjpeg: `h2v2_fancy_upsample` in jdsample.c, `ycc_rgb_convert` in jdcolor.c).
 *
 * @module
 */
import { storeYcc } from "./color.ts";
import { type Crop, samplesOf } from "./crop.ts";
import type { JpegColorSpace } from "./markers.ts";
import type { Plane } from "./planes.ts";
import type { Layout } from "./scale.ts";
import { farRow, nearRow, rowOffset } from "./upsample.ts";

/** Whether {@link blendRow} makes a picture's rows. */
export function canBlend({ components }: Layout, colorSpace: JpegColorSpace): boolean {
  const methods = components.map(({ method }) => method);
  return colorSpace === "ycbcr" && methods.join() === "fullsize,h2v2 fancy,h2v2 fancy";
}

/**
 * Makes a row of RGB.
 *
 * @param planes - of luma and both chromas
 * @param y - the row of pixels
 * @param rgb - takes pixels in pairs, so one more than a row of odd width has
 */
export function blendRow(planes: readonly Plane[], y: number, crop: Crop, rgb: Uint8Array): void {
  const [luma, blue, red] = planes;
  const { from, to } = samplesOf(crop, blue.layout);
  const ys = luma.samples;
  const bs = blue.samples;
  const rs = red.samples;
  const bNear = nearRow(blue, y);
  const bFar = farRow(blue, y);
  const rNear = nearRow(red, y);
  const rFar = farRow(red, y);
  let yAt = rowOffset(luma, y) + 2 * from;
  let at = 6 * from;
  // Down first, to four times the sample; the pixels of a pair lie to its left and to its right.
  let b = bs[bNear + from] * 3 + bs[bFar + from];
  let r = rs[rNear + from] * 3 + rs[rFar + from];
  let bBefore = b;
  let rBefore = r;
  for (let x = from + 1; x < to; x++, yAt += 2, at += 6) {
    const bAfter = bs[bNear + x] * 3 + bs[bFar + x];
    const rAfter = rs[rNear + x] * 3 + rs[rFar + x];
    storeYcc(ys[yAt], (b * 3 + bBefore + 8) >> 4, (r * 3 + rBefore + 8) >> 4, rgb, at);
    storeYcc(ys[yAt + 1], (b * 3 + bAfter + 7) >> 4, (r * 3 + rAfter + 7) >> 4, rgb, at + 3);
    bBefore = b;
    rBefore = r;
    b = bAfter;
    r = rAfter;
  }
  storeYcc(ys[yAt], (b * 3 + bBefore + 8) >> 4, (r * 3 + rBefore + 8) >> 4, rgb, at);
  storeYcc(ys[yAt + 1], (b * 4 + 7) >> 4, (r * 4 + 7) >> 4, rgb, at + 3);
}
