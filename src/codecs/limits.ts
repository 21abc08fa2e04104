/**
 * Limits on pictures, checked against what a header declares before memory is spent on it.
 *
 * @module
 */
import { CodecError, type ImageHeader, type Limits } from "./types.ts";

/** A megabyte as limits count it: 10^6 bytes, so that what a message says is what a file manager shows. */
const MB = 1_000_000;

/**
 * Defaults: a phone's largest photo file fits in 20 MB, its largest sensor (108 MP modes aside) in 100 MP; 65,535 is the largest
 * side that JPEG and GIF can declare; 64 MB of decoder memory is half an isolate (the model needs the other half).
 */
export const DEFAULT_LIMITS: Limits = {
  maxBytes: 20 * MB,
  maxPixels: 100 * MB,
  maxSide: 65_535,
  maxDecodeBytes: 64 * MB,
};

/** Refuses a file that is over `limits.maxBytes`. @throws {CodecError} `too_large`, naming the limit. */
export function checkBytes(bytes: Uint8Array, limits: Limits): void {
  if (bytes.length > limits.maxBytes) {
    throw new CodecError(
      "too_large",
      `the file has ${count(bytes.length)} bytes; the limit is ${count(limits.maxBytes)} bytes (maxBytes)`,
    );
  }
}

/**
 * Refuses dimensions that are zero or over the limits.
 *
 * @throws {CodecError} `broken` for a side of zero, `too_large` otherwise, naming the limit.
 */
export function checkDimensions(header: Pick<ImageHeader, "width" | "height">, limits: Limits): void {
  const { width, height } = header;
  if (width < 1 || height < 1)
    throw new CodecError("broken", `the header declares ${width} × ${height} pixels`);
  if (width > limits.maxSide || height > limits.maxSide) {
    throw new CodecError(
      "too_large",
      `${width} × ${height} pixels; the limit is ${count(limits.maxSide)} pixels a side (maxSide)`,
    );
  }
  if (width * height > limits.maxPixels) {
    throw new CodecError(
      "too_large",
      `${width} × ${height} is ${megapixels(width * height)} megapixels; the limit is ${megapixels(limits.maxPixels)} (maxPixels)`,
    );
  }
}

/** Refuses a decode whose estimated memory is over `limits.maxDecodeBytes`. @throws {CodecError} `too_large`, with the numbers. */
export function checkDecodeBytes(estimate: number, header: ImageHeader, limits: Limits): void {
  if (estimate > limits.maxDecodeBytes) {
    const kind = header.process ? `${header.process} ${header.format}` : header.format;
    throw new CodecError(
      "too_large",
      `decoding ${header.width} × ${header.height} pixels of ${kind} takes about ${Math.ceil(estimate / MB)} MB; ` +
        `the limit is ${Math.floor(limits.maxDecodeBytes / MB)} MB (maxDecodeBytes)`,
    );
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Three significant digits, rounded up so that a value just over a limit never reads as the limit. */
function megapixels(pixels: number): string {
  const value = pixels / 1e6;
  if (value < 0.1) return value.toPrecision(2);
  return (Math.ceil(value * 10) / 10).toLocaleString("en-US");
}
