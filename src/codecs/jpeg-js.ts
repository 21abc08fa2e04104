/**
 * JPEG by jpeg-js: the whole picture at full size. Stands in until the decoder of `jpeg/` takes over.
 *
 * @module
 */
import { decode } from "jpeg-js";
import { readExifOrientation } from "./exif.ts";
import {
  CodecError,
  type DecodeOptions,
  type DecodeReport,
  type ImageHeader,
  type Orientation,
  type RowSink,
} from "./types.ts";

/** What jpeg-js takes at its peak (coefficients as 32-bit integers, components, RGBA), measured. */
export const JPEG_JS_BYTES_PER_PIXEL = 28;

/** Names of the coding processes by their SOF marker's low nibble (ITU-T T.81, table B.1). */
const PROCESSES: Readonly<Record<number, string>> = { 0: "baseline", 1: "extended", 2: "progressive" };

/** Reads dimensions and orientation. @throws {CodecError} */
export function readJpegHeader(bytes: Uint8Array): ImageHeader {
  let orientation: Orientation = 1;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new CodecError("broken", `JPEG: no marker at byte ${at}`);
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1 && String.fromCharCode(...body.subarray(0, 6)) === "Exif\0\0") {
      orientation = readExifOrientation(body.subarray(6));
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame && body.length >= 6) {
      const process = PROCESSES[marker & 15];
      if (!process)
        throw new CodecError("unsupported", `JPEG: coding process SOF${marker & 15} is not supported`);
      const height = (body[1] << 8) | body[2];
      const width = (body[3] << 8) | body[4];
      return { format: "jpeg", width, height, orientation, process };
    }
    if (marker === 0xda || length < 2) break;
    at += 2 + length;
  }
  throw new CodecError("broken", "JPEG: the file ends before its frame header");
}

/** Decodes the whole picture. @throws {CodecError} `broken`, with what jpeg-js says */
export async function decodeJpeg(
  bytes: Uint8Array,
  options: DecodeOptions,
  sink: RowSink,
): Promise<DecodeReport> {
  const { width, height, data } = decodeRgb(bytes, options);
  sink.begin(width, height);
  for (let y = 0; y < height; y++) sink.row(y, data.subarray(y * width * 3, (y + 1) * width * 3));
  sink.end();
  return { warnings: [] };
}

function decodeRgb(
  bytes: Uint8Array,
  options: DecodeOptions,
): { width: number; height: number; data: Uint8Array } {
  try {
    return decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: !options.strict,
      maxResolutionInMP: options.limits.maxPixels / 1e6,
      maxMemoryUsageInMB: Number.POSITIVE_INFINITY,
    });
  } catch (cause) {
    throw new CodecError("broken", `JPEG: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
