/**
 * A way in for formats that are not decoded here: a converter that the host brings, such as Cloudflare's Images binding.
 *
 * @module
 */
import { unsupported } from "./header.ts";
import { checkBytes } from "./limits.ts";
import { sniffFormat } from "./sniff.ts";
import { CodecError, type ImageFormat, type Limits } from "./types.ts";

/** Turns a picture of a format that is not decoded here into one that is, upright or with its orientation kept. */
export type ConvertImage = (bytes: Uint8Array, format: ImageFormat) => Promise<Uint8Array>;

/** Formats that only a converter can open. */
const FOREIGN: readonly ImageFormat[] = ["avif", "heic"];

/**
 * The bytes themselves, or what the converter makes of AVIF and HEIC. To be called before `readHeader`.
 *
 * @throws {CodecError} `unsupported` without a converter, `broken` when it fails
 * @example
 * const decodable = await toDecodable(bytes, DEFAULT_LIMITS, convertWithImagesBinding);
 * const header = readHeader(decodable, DEFAULT_LIMITS);
 */
export async function toDecodable(
  bytes: Uint8Array,
  limits: Limits,
  convert?: ConvertImage,
): Promise<Uint8Array> {
  checkBytes(bytes, limits);
  const format = sniffFormat(bytes);
  if (!FOREIGN.includes(format)) return bytes;
  if (!convert) throw unsupported(format);
  let converted: Uint8Array;
  try {
    converted = await convert(bytes, format);
  } catch (cause) {
    throw new CodecError("broken", `the ${format.toUpperCase()} picture could not be converted`, { cause });
  }
  const now = sniffFormat(converted);
  if (FOREIGN.includes(now)) throw unsupported(now);
  return converted;
}
