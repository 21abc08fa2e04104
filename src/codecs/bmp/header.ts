/**
 * The headers of a BMP file: BITMAPCOREHEADER (OS/2), BITMAPINFOHEADER and its successors up to V5 (Microsoft, "Bitmap Header Types").
 *
 * @module
 */
import { CodecError, type ImageHeader } from "../types.ts";

/** How the pixels are stored. */
export type BmpCoding = "plain" | "rle4" | "rle8";

/** What the headers say. */
export interface BmpFile {
  readonly width: number;
  readonly height: number;
  /** Rows are stored from the top down; normally they are from the bottom up. */
  readonly topDown: boolean;
  /** 1, 2, 4, 8, 16, 24 or 32. */
  readonly bitsPerPixel: number;
  readonly coding: BmpCoding;
  /** Of pictures with 16 and 32 bits a pixel: the bits of red, green, blue and alpha (0: none). */
  readonly masks: readonly [number, number, number, number];
  /** Blue, green, red (and a byte unused, `paletteEntryBytes` of 4) of each entry. */
  readonly palette: Uint8Array;
  readonly paletteEntryBytes: 3 | 4;
  /** From the first pixel to the end of the file. */
  readonly data: Uint8Array;
}

const FILE_HEADER_BYTES = 14;
/** Sizes by which the second header is known. */
const CORE_HEADER = 12;
const INFO_HEADER = 40;
/** V3 (undocumented but common) holds an alpha mask, V2 and INFO with BITFIELDS only three masks. */
const V3_HEADER = 56;

/** Names of the values of `biCompression`. */
const COMPRESSION: Readonly<Record<number, BmpCoding | "bitfields" | string>> = {
  0: "plain",
  1: "rle8",
  2: "rle4",
  3: "bitfields",
  4: "JPEG",
  5: "PNG",
  6: "bitfields",
  11: "CMYK",
  12: "CMYK RLE8",
  13: "CMYK RLE4",
};

/** Masks where the file gives none: 5 bits a channel, and 8 bits with the fourth byte unused. */
const DEFAULT_MASKS: Readonly<Record<number, BmpFile["masks"]>> = {
  16: [0x7c00, 0x03e0, 0x001f, 0],
  32: [0xff0000, 0x00ff00, 0x0000ff, 0],
};

/** Depths that exist for each coding. */
const DEPTHS: Readonly<Record<BmpCoding, readonly number[]>> = {
  plain: [1, 2, 4, 8, 16, 24, 32],
  rle8: [8],
  rle4: [4],
};

/** Reads dimensions and coding. @throws {CodecError} */
export function readBmpHeader(bytes: Uint8Array): ImageHeader {
  const { width, height, coding } = readBmpFile(bytes);
  return { format: "bmp", width, height, orientation: 1, ...(coding === "plain" ? {} : { process: coding }) };
}

/** Reads the headers. @throws {CodecError} `broken`, or `unsupported` naming the compression */
export function readBmpFile(bytes: Uint8Array): BmpFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = bytes.length >= FILE_HEADER_BYTES + 4 ? view.getUint32(14, true) : 0;
  if (headerBytes < CORE_HEADER || FILE_HEADER_BYTES + headerBytes > bytes.length) {
    throw new CodecError("broken", "BMP: the file ends inside its header");
  }
  const core = headerBytes === CORE_HEADER;
  const storedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const bitsPerPixel = view.getUint16(core ? 24 : 28, true);
  const compression = headerBytes >= INFO_HEADER ? view.getUint32(30, true) : 0;
  const name = COMPRESSION[compression] ?? `compression ${compression}`;
  const bitfields = name === "bitfields";
  const coding = bitfields ? "plain" : name;
  if (coding !== "plain" && coding !== "rle4" && coding !== "rle8") {
    throw new CodecError(
      "unsupported",
      `BMP: ${name} inside a BMP is not decoded; accepted are plain, RLE4 and RLE8`,
    );
  }
  if (!DEPTHS[coding].includes(bitsPerPixel)) {
    throw new CodecError("broken", `BMP: ${bitsPerPixel} bits a pixel do not exist for ${name}`);
  }
  // BITMAPINFOHEADER's masks lie behind it; later headers hold them at the same place.
  const separateMasks = bitfields && headerBytes < V3_HEADER;
  const maskBytes = separateMasks && headerBytes === INFO_HEADER ? (compression === 6 ? 16 : 12) : 0;
  const paletteAt = FILE_HEADER_BYTES + headerBytes + maskBytes;
  const paletteEntryBytes = core ? 3 : 4;
  const entries = bitsPerPixel <= 8 ? 1 << bitsPerPixel : 0;
  const used = headerBytes >= INFO_HEADER ? view.getUint32(46, true) : 0;
  const paletteEnd = paletteAt + paletteEntryBytes * (used > 0 && used < entries ? used : entries);
  const dataAt = Math.max(view.getUint32(10, true), FILE_HEADER_BYTES + headerBytes);
  return {
    width: core ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(storedHeight),
    topDown: storedHeight < 0,
    bitsPerPixel,
    coding,
    masks: bitfields
      ? readMasks(view, compression === 6 || headerBytes >= V3_HEADER)
      : (DEFAULT_MASKS[bitsPerPixel] ?? [0, 0, 0, 0]),
    // A palette may be cut short by the pixels.
    palette: bytes.subarray(paletteAt, Math.max(paletteAt, Math.min(paletteEnd, dataAt))),
    paletteEntryBytes,
    data: bytes.subarray(dataAt),
  };
}

const MASKS_AT = FILE_HEADER_BYTES + INFO_HEADER;

function readMasks(view: DataView, withAlpha: boolean): BmpFile["masks"] {
  const count = withAlpha ? 4 : 3;
  if (MASKS_AT + count * 4 > view.byteLength) {
    throw new CodecError("broken", "BMP: the file ends inside its colour masks");
  }
  const mask = (i: number) => view.getUint32(MASKS_AT + i * 4, true);
  return [mask(0), mask(1), mask(2), withAlpha ? mask(3) : 0];
}
