/**
 * Rows of samples → rows of 8-bit RGB, for every colour type and depth.
 *
 * Samples of 1, 2 and 4 bits are stretched to 0..255; of 16 bits the high byte is taken. That is what Pillow does for RGB, RGBA and
 * grey with alpha (raw modes `RGB;16B`, …). For 16-bit grey Pillow's `convert("RGB")` instead clips at 255, which turns nearly every
 * such picture white; here grey is treated like the other colour types. Gamma and colour profiles are ignored, as by Pillow.
 *
 * @module
 */
import { overWhite, rgbaRowOverWhite } from "../over-white.ts";
import { ColorType, type PngFile } from "./chunks.ts";

/**
 * Makes RGB of one unfiltered row.
 *
 * @param line the filter's byte, then the samples
 * @param width pixels in the row
 * @returns `width * 3` bytes, valid until the next call
 */
export type ExpandRow = (line: Uint8Array, width: number) => Uint8Array;

/** Chooses the conversion for a file. */
export function makeExpand(file: PngFile): ExpandRow {
  const rgb = new Uint8Array(file.width * 3);
  const deep = file.bitDepth === 16;
  switch (file.colorType) {
    case ColorType.grey:
      return deep ? expandGrey16(file, rgb) : expandIndexed(file.bitDepth, greyTable(file), rgb);
    case ColorType.palette:
      return expandIndexed(file.bitDepth, paletteTable(file), rgb);
    case ColorType.greyAlpha:
      return expandGreyAlpha(deep ? 2 : 1, rgb);
    case ColorType.rgba:
      return deep ? expandRgba16(rgb) : expandRgba8(rgb);
    default:
      return expandRgb(file, deep ? 2 : 1, rgb);
  }
}

/** Bits a pixel in the file. */
export function bitsPerPixel(file: Pick<PngFile, "colorType" | "bitDepth">): number {
  const samples = { [ColorType.rgb]: 3, [ColorType.greyAlpha]: 2, [ColorType.rgba]: 4 }[file.colorType] ?? 1;
  return samples * file.bitDepth;
}

/** One RGB triple for each value of a sample of up to 8 bits. */
function greyTable(file: PngFile): Uint8Array {
  const levels = 1 << file.bitDepth;
  const table = new Uint8Array(levels * 3);
  for (let v = 0; v < levels; v++) table.fill((v * 255) / (levels - 1), v * 3, v * 3 + 3);
  const [key] = transparentColor(file, 1) ?? [];
  if (key !== undefined && key < levels) table.fill(255, key * 3, key * 3 + 3);
  return table;
}

/** Indices past the palette's end are black, as in Pillow. */
function paletteTable(file: PngFile): Uint8Array {
  const levels = 1 << file.bitDepth;
  const table = new Uint8Array(levels * 3);
  table.set((file.palette ?? table).subarray(0, table.length));
  const alphas = file.transparency?.subarray(0, levels) ?? [];
  alphas.forEach((alpha, v) => {
    for (let c = v * 3; c < v * 3 + 3; c++) table[c] = overWhite(table[c], alpha);
  });
  return table;
}

/** tRNS of grey and RGB pictures: the samples of the one transparent colour; `undefined` if there is none. */
function transparentColor(file: PngFile, samples: number): number[] | undefined {
  const bytes = file.transparency;
  if (!bytes || bytes.length < samples * 2) return undefined;
  return Array.from({ length: samples }, (_, i) => (bytes[i * 2] << 8) | bytes[i * 2 + 1]);
}

function expandIndexed(bitDepth: number, table: Uint8Array, rgb: Uint8Array): ExpandRow {
  const mask = (1 << bitDepth) - 1;
  return (line, width) => {
    // Samples are packed from the high bits of each byte down.
    for (let x = 0, bit = 8, q = 0; x < width; x++, bit += bitDepth, q += 3) {
      const entry = ((line[bit >> 3] >> (8 - bitDepth - (bit & 7))) & mask) * 3;
      rgb[q] = table[entry];
      rgb[q + 1] = table[entry + 1];
      rgb[q + 2] = table[entry + 2];
    }
    return rgb.subarray(0, width * 3);
  };
}

function expandGrey16(file: PngFile, rgb: Uint8Array): ExpandRow {
  const [key = -1] = transparentColor(file, 1) ?? [];
  return (line, width) => {
    for (let x = 0, p = 1, q = 0; x < width; x++, p += 2, q += 3) {
      const grey = ((line[p] << 8) | line[p + 1]) === key ? 255 : line[p];
      rgb[q] = grey;
      rgb[q + 1] = grey;
      rgb[q + 2] = grey;
    }
    return rgb.subarray(0, width * 3);
  };
}

function expandGreyAlpha(sampleBytes: number, rgb: Uint8Array): ExpandRow {
  return (line, width) => {
    for (let x = 0, p = 1, q = 0; x < width; x++, p += 2 * sampleBytes, q += 3) {
      const grey = overWhite(line[p], line[p + sampleBytes]);
      rgb[q] = grey;
      rgb[q + 1] = grey;
      rgb[q + 2] = grey;
    }
    return rgb.subarray(0, width * 3);
  };
}

function expandRgb(file: PngFile, sampleBytes: number, rgb: Uint8Array): ExpandRow {
  const key = transparentColor(file, 3);
  // The plain case: the row is already what is wanted.
  if (!key && sampleBytes === 1) return (line, width) => line.subarray(1, 1 + width * 3);
  const [keyR, keyG, keyB] = key ?? [-1, -1, -1];
  const high = sampleBytes === 2 ? 8 : 0;
  const low = sampleBytes - 1;
  return (line, width) => {
    for (let x = 0, p = 1, q = 0; x < width; x++, p += 3 * sampleBytes, q += 3) {
      const r = line[p];
      const g = line[p + sampleBytes];
      const b = line[p + 2 * sampleBytes];
      const transparent =
        ((r << high) | (low && line[p + 1])) === keyR &&
        ((g << high) | (low && line[p + 3])) === keyG &&
        ((b << high) | (low && line[p + 5])) === keyB;
      rgb[q] = transparent ? 255 : r;
      rgb[q + 1] = transparent ? 255 : g;
      rgb[q + 2] = transparent ? 255 : b;
    }
    return rgb.subarray(0, width * 3);
  };
}

function expandRgba8(rgb: Uint8Array): ExpandRow {
  return (line, width) => {
    rgbaRowOverWhite(line.subarray(1, 1 + width * 4), rgb);
    return rgb.subarray(0, width * 3);
  };
}

function expandRgba16(rgb: Uint8Array): ExpandRow {
  return (line, width) => {
    for (let x = 0, p = 1, q = 0; x < width; x++, p += 8, q += 3) {
      const alpha = line[p + 6];
      rgb[q] = overWhite(line[p], alpha);
      rgb[q + 1] = overWhite(line[p + 2], alpha);
      rgb[q + 2] = overWhite(line[p + 4], alpha);
    }
    return rgb.subarray(0, width * 3);
  };
}
