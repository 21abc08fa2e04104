/**
 * The chunks of a PNG file (PNG 3rd edition, §5 and §11). Only those that change pixels are looked at: text, time and colour profile
 * chunks are stepped over and never inflated, so they cannot be used to fill memory.
 *
 * @module
 */
import { readExifOrientation } from "../exif.ts";
import { CodecError, type ImageHeader, type Orientation } from "../types.ts";
import { crc32 } from "./crc.ts";

/** Colour types of IHDR. */
export const ColorType = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;

/** What IHDR says. */
export interface PngFormat {
  readonly width: number;
  readonly height: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

/** Everything in a PNG file that its pixels depend on. Byte arrays are views into the file. */
export interface PngFile extends PngFormat {
  /** PLTE: red, green, blue of each entry. */
  readonly palette: Uint8Array | undefined;
  /** tRNS: alpha of each palette entry, or the one transparent colour as 16-bit samples. */
  readonly transparency: Uint8Array | undefined;
  /** The contents of the IDAT chunks in order. An animation's other frames (fdAT) are left out. */
  readonly data: readonly Uint8Array[];
  readonly warnings: readonly string[];
}

const SIGNATURE_BYTES = 8;
/** Length, type and CRC. */
const CHUNK_OVERHEAD = 12;
const IHDR_BYTES = 13;
const MAX_PALETTE_ENTRIES = 256;

/** Bit depths that each colour type may have (PNG 3rd edition, table 11.1). */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [ColorType.grey]: [1, 2, 4, 8, 16],
  [ColorType.rgb]: [8, 16],
  [ColorType.palette]: [1, 2, 4, 8],
  [ColorType.greyAlpha]: [8, 16],
  [ColorType.rgba]: [8, 16],
};

interface Chunk {
  readonly type: string;
  readonly body: Uint8Array;
  /** Whether the chunk lies wholly in the file. */
  readonly complete: boolean;
  readonly crcOk: () => boolean;
}

/** Steps through the chunks up to IEND or the end of the file. */
function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SIGNATURE_BYTES;
  while (at + CHUNK_OVERHEAD <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]);
    const start = at + 8;
    const end = start + length;
    const complete = end + 4 <= bytes.length;
    yield {
      type,
      body: bytes.subarray(start, Math.min(end, bytes.length)),
      complete,
      crcOk: () => complete && crc32(bytes, start - 4, end) === view.getUint32(end),
    };
    if (!complete || type === "IEND") return;
    at = end + 4;
  }
}

/** Reads the header without looking at the pixels: IHDR, and the orientation if there is an eXIf chunk. @throws {CodecError} */
export function readPngHeader(bytes: Uint8Array): ImageHeader {
  let format: PngFormat | undefined;
  let orientation: Orientation = 1;
  for (const chunk of chunks(bytes)) {
    if (!format) format = readIhdr(chunk);
    else if (chunk.type === "eXIf" && chunk.crcOk()) orientation = readExifOrientation(chunk.body);
  }
  if (!format) throw new CodecError("broken", "PNG: the file ends before its header");
  const { width, height, interlaced } = format;
  return {
    format: "png",
    width,
    height,
    orientation,
    ...(interlaced ? { process: "interlaced" } : {}),
  };
}

/**
 * Collects what decoding needs and checks every chunk's CRC.
 *
 * A damaged critical chunk (IHDR, PLTE, IDAT) makes the file `broken`; a damaged tRNS is left out with a warning, as libpng does.
 *
 * @throws {CodecError} `broken`
 */
export function readPngFile(bytes: Uint8Array): PngFile {
  let format: PngFormat | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  let ended = false;
  const data: Uint8Array[] = [];
  const warnings: string[] = [];
  for (const chunk of chunks(bytes)) {
    if (!format) {
      format = readIhdr(chunk);
    } else if (chunk.type === "IDAT") {
      requireIntact(chunk);
      data.push(chunk.body);
    } else if (chunk.type === "PLTE") {
      requireIntact(chunk);
      palette = checkPalette(chunk.body);
    } else if (chunk.type === "tRNS") {
      if (chunk.crcOk()) transparency = chunk.body;
      else warnings.push("PNG: the tRNS chunk is damaged; transparency ignored");
    } else if (chunk.type === "IEND") {
      ended = true;
    }
  }
  if (!format) throw new CodecError("broken", "PNG: the file ends before its header");
  if (data.length === 0) throw new CodecError("broken", "PNG: there is no image data (IDAT)");
  if (format.colorType === ColorType.palette && !palette) {
    throw new CodecError("broken", "PNG: a palette picture without a palette (PLTE)");
  }
  if (!ended) warnings.push("PNG: the file ends without its end chunk (IEND)");
  return { ...format, palette, transparency, data, warnings };
}

function readIhdr(chunk: Chunk): PngFormat {
  if (chunk.type === "CgBI") {
    throw new CodecError(
      "unsupported",
      "PNG: Apple's CgBI variant (from an app bundle) is not decoded; save it as a plain PNG",
    );
  }
  if (chunk.type !== "IHDR" || chunk.body.length !== IHDR_BYTES) {
    throw new CodecError("broken", "PNG: the first chunk is not a header (IHDR) of 13 bytes");
  }
  requireIntact(chunk);
  const { body } = chunk;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [bitDepth, colorType, compression, filter, interlace] = body.subarray(8);
  if (!DEPTHS[colorType]?.includes(bitDepth)) {
    throw new CodecError(
      "broken",
      `PNG: colour type ${colorType} with ${bitDepth} bits a sample does not exist`,
    );
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw new CodecError(
      "broken",
      `PNG: compression ${compression}, filter ${filter}, interlace ${interlace} do not exist`,
    );
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth,
    colorType,
    interlaced: interlace === 1,
  };
}

function requireIntact(chunk: Chunk): void {
  if (!chunk.complete)
    throw new CodecError("broken", `PNG: the file ends inside its ${chunk.type} chunk (truncated)`);
  if (!chunk.crcOk())
    throw new CodecError("broken", `PNG: the ${chunk.type} chunk is damaged (CRC mismatch)`);
}

function checkPalette(body: Uint8Array): Uint8Array {
  if (body.length === 0 || body.length % 3 !== 0 || body.length > MAX_PALETTE_ENTRIES * 3) {
    throw new CodecError("broken", `PNG: a palette (PLTE) of ${body.length} bytes`);
  }
  return body;
}
