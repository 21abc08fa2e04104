/**
 * From the file's colour space to RGB, in integers (libjpeg: jdcolor.c).
 *
 * @module
 */

/** Rounds to 16 fractional bits. */
const fix = (value: number): number => Math.floor(value * 65536 + 0.5);

/** Rounding, half. */
const HALF = 1 << 15;

/** What Cr adds to red and Cb to blue, by their value; and the two that make green, whose sum is still to be shifted by 16. */
const redOfCr = new Int32Array(256);
const blueOfCb = new Int32Array(256);
const greenOfCr = new Int32Array(256);
const greenOfCb = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  const x = i - 128;
  redOfCr[i] = (fix(1.402) * x + HALF) >> 16;
  blueOfCb[i] = (fix(1.772) * x + HALF) >> 16;
  greenOfCr[i] = -fix(0.71414) * x;
  greenOfCb[i] = -fix(0.34414) * x + HALF;
}

/** A row of samples: `width` of them from `at` on. */
export interface SampleRow {
  samples: Uint8ClampedArray;
  at: number;
}

/** `ycc_rgb_convert`. */
export function yccToRgb(rows: readonly SampleRow[], width: number, rgb: Uint8ClampedArray): void {
  const [ys, bs, rs] = [rows[0].samples, rows[1].samples, rows[2].samples];
  const [yAt, bAt, rAt] = [rows[0].at, rows[1].at, rows[2].at];
  for (let x = 0, at = 0; x < width; x++, at += 3) {
    const y = ys[yAt + x];
    const cb = bs[bAt + x];
    const cr = rs[rAt + x];
    rgb[at] = y + redOfCr[cr];
    rgb[at + 1] = y + ((greenOfCb[cb] + greenOfCr[cr]) >> 16);
    rgb[at + 2] = y + blueOfCb[cb];
  }
}

/** RGB stored as such. */
export function rgbToRgb(rows: readonly SampleRow[], width: number, rgb: Uint8ClampedArray): void {
  for (let i = 0; i < 3; i++) {
    const { samples, at } = rows[i];
    for (let x = 0; x < width; x++) rgb[3 * x + i] = samples[at + x];
  }
}

/** Gray. */
export function grayToRgb(rows: readonly SampleRow[], width: number, rgb: Uint8ClampedArray): void {
  const { samples, at } = rows[0];
  for (let x = 0, to = 0; x < width; x++, to += 3) {
    const value = samples[at + x];
    rgb[to] = value;
    rgb[to + 1] = value;
    rgb[to + 2] = value;
  }
}

/**
 * CMYK, inverted as Adobe writes it (Pillow takes every CMYK JPEG for that), by Pillow's plain formula without a profile
 * (`cmyk2rgb` in Convert.c): each of cyan, magenta and yellow takes its share of what black leaves.
 */
export function cmykToRgb(rows: readonly SampleRow[], width: number, rgb: Uint8ClampedArray): void {
  const black = rows[3];
  for (let i = 0; i < 3; i++) {
    const { samples, at } = rows[i];
    for (let x = 0; x < width; x++) {
      const light = black.samples[black.at + x];
      rgb[3 * x + i] = light - timesBy255(255 - samples[at + x], light);
    }
  }
}

/** YCCK: the first three are the YCbCr of inverted cyan, magenta and yellow (`ycck_cmyk_convert`). */
export function ycckToRgb(rows: readonly SampleRow[], width: number, rgb: Uint8ClampedArray): void {
  yccToRgb(rows, width, rgb);
  const black = rows[3];
  for (let x = 0; x < width; x++) {
    const light = black.samples[black.at + x];
    for (let at = 3 * x; at < 3 * x + 3; at++) rgb[at] = light - timesBy255(rgb[at], light);
  }
}

/** a · b / 255, rounded (Pillow's `MULDIV255`). */
function timesBy255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}
