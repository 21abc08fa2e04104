/**
 * Rows of RGB straight from the planes of a 4:2:0 picture, as most photos are: triangle filter and colour conversion in one loop, so that chroma is never
 * stored at full width (libjpeg: `h2v2_fancy_upsample` in jdsample.c, `ycc_rgb_convert` in jdcolor.c).
 *
 * @module
 */
import { clamp } from "./color.ts";
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
 * @param rgb - takes pixels in pairs, so one more than a row of odd width has; three words of two bytes each, little-endian as every host of WebAssembly
 */
export function blendRow(planes: readonly Plane[], y: number, crop: Crop, rgb: Uint16Array): void {
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
  let at = 3 * from;
  // Down first, to four times the sample. Of a pair of pixels, one lies on either side of it.
  let b = bs[bNear + from] * 3 + bs[bFar + from];
  let r = rs[rNear + from] * 3 + rs[rFar + from];
  let b0 = (b * 4 + 8) >> 4;
  let r0 = (r * 4 + 8) >> 4;
  for (let x = from + 1; x < to; x++, yAt += 2, at += 3) {
    const bAfter = bs[bNear + x] * 3 + bs[bFar + x];
    const rAfter = rs[rNear + x] * 3 + rs[rFar + x];
    storePair(ys[yAt], b0, r0, ys[yAt + 1], (b * 3 + bAfter + 7) >> 4, (r * 3 + rAfter + 7) >> 4, rgb, at);
    b0 = (bAfter * 3 + b + 8) >> 4;
    r0 = (rAfter * 3 + r + 8) >> 4;
    b = bAfter;
    r = rAfter;
  }
  storePair(ys[yAt], b0, r0, ys[yAt + 1], (b * 4 + 7) >> 4, (r * 4 + 7) >> 4, rgb, at);
}

/** Stores two pixels at a word of a row. V8 inlines it. */
function storePair(
  y0: number,
  cb0: number,
  cr0: number,
  y1: number,
  cb1: number,
  cr1: number,
  rgb: Uint16Array,
  at: number,
): void {
  // 2^16 times 1.402, 1.772, 0.34414 and 0.71414, then halves that also take off the chromas' 128. Here, not in the module: there the compiler could not
  // count on them, and all of decoding took 16 % more.
  const redOfCr = 91_881;
  const blueOfCb = 116_130;
  const greenOfCb = 22_554;
  const greenOfCr = 46_802;
  const red = (1 << 15) - 128 * redOfCr;
  const green = (1 << 15) + 128 * (greenOfCb + greenOfCr);
  const blue = (1 << 15) - 128 * blueOfCb;
  let r0 = y0 + ((Math.imul(cr0, redOfCr) + red) >> 16);
  let g0 = y0 + ((green - Math.imul(cb0, greenOfCb) - Math.imul(cr0, greenOfCr)) >> 16);
  let b0 = y0 + ((Math.imul(cb0, blueOfCb) + blue) >> 16);
  let r1 = y1 + ((Math.imul(cr1, redOfCr) + red) >> 16);
  let g1 = y1 + ((green - Math.imul(cb1, greenOfCb) - Math.imul(cr1, greenOfCr)) >> 16);
  let b1 = y1 + ((Math.imul(cb1, blueOfCb) + blue) >> 16);
  // Few pixels leave the range: one test for all.
  if ((r0 | g0 | b0 | r1 | g1 | b1) >>> 8 !== 0) {
    r0 = clamp(r0);
    g0 = clamp(g0);
    b0 = clamp(b0);
    r1 = clamp(r1);
    g1 = clamp(g1);
    b1 = clamp(b1);
  }
  rgb[at] = r0 | (g0 << 8);
  rgb[at + 1] = b0 | (r1 << 8);
  rgb[at + 2] = g1 | (b1 << 8);
}
