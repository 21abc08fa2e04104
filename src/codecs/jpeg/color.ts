/**
 * From the file's colour space to RGB, in integers (libjpeg: jdcolor.c).
 *
 * @module
 */

/** A row of samples: column 0 of the picture is at `at`. */
export interface SampleRow {
  samples: Uint8ClampedArray;
  at: number;
}

/** `ycc_rgb_convert`, of columns `[left, right)`; so do the others. */
export function yccToRgb(rows: readonly SampleRow[], left: number, right: number, rgb: Uint8Array): void {
  // 2^16 times 1.402, 1.772, 0.34414 and 0.71414. Here rather than in the module, where the compiler could not count on them.
  const redOfCr = 91_881;
  const blueOfCb = 116_130;
  const greenOfCb = 22_554;
  const greenOfCr = 46_802;
  const half = 1 << 15;
  const [ys, bs, rs] = [rows[0].samples, rows[1].samples, rows[2].samples];
  const [yAt, bAt, rAt] = [rows[0].at, rows[1].at, rows[2].at];
  for (let x = left, at = 3 * left; x < right; x++, at += 3) {
    const y = ys[yAt + x];
    const cb = bs[bAt + x] - 128;
    const cr = rs[rAt + x] - 128;
    let red = y + ((Math.imul(cr, redOfCr) + half) >> 16);
    let green = y + ((half - Math.imul(cb, greenOfCb) - Math.imul(cr, greenOfCr)) >> 16);
    let blue = y + ((Math.imul(cb, blueOfCb) + half) >> 16);
    // Few pixels leave the range: one test for all three.
    if ((red | green | blue) >>> 8 !== 0) {
      red = clamp(red);
      green = clamp(green);
      blue = clamp(blue);
    }
    rgb[at] = red;
    rgb[at + 1] = green;
    rgb[at + 2] = blue;
  }
}

/** To 0..255. */
export function clamp(value: number): number {
  return Math.max(0, Math.min(value, 255));
}

/** RGB stored as such. */
export function rgbToRgb(rows: readonly SampleRow[], left: number, right: number, rgb: Uint8Array): void {
  for (let i = 0; i < 3; i++) {
    const { samples, at } = rows[i];
    for (let x = left; x < right; x++) rgb[3 * x + i] = samples[at + x];
  }
}

/** Gray. */
export function grayToRgb(rows: readonly SampleRow[], left: number, right: number, rgb: Uint8Array): void {
  const { samples, at } = rows[0];
  for (let x = left, to = 3 * left; x < right; x++, to += 3) {
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
export function cmykToRgb(rows: readonly SampleRow[], left: number, right: number, rgb: Uint8Array): void {
  const black = rows[3];
  for (let i = 0; i < 3; i++) {
    const { samples, at } = rows[i];
    for (let x = left; x < right; x++) {
      const light = black.samples[black.at + x];
      rgb[3 * x + i] = light - timesBy255(255 - samples[at + x], light);
    }
  }
}

/** YCCK: the first three are the YCbCr of inverted cyan, magenta and yellow (`ycck_cmyk_convert`). */
export function ycckToRgb(rows: readonly SampleRow[], left: number, right: number, rgb: Uint8Array): void {
  yccToRgb(rows, left, right, rgb);
  const black = rows[3];
  for (let x = left; x < right; x++) {
    const light = black.samples[black.at + x];
    for (let at = 3 * x; at < 3 * x + 3; at++) rgb[at] = light - timesBy255(rgb[at], light);
  }
}

/** a · b / 255, rounded (Pillow's `MULDIV255`). */
function timesBy255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}
