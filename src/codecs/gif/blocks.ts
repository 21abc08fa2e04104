/**
 * The blocks of a GIF file (GIF89a specification, §§17–26) up to its first frame. What comes after it is not looked at.
 *
 * @module
 */
import { CodecError, type ImageHeader } from "../types.ts";

/** The first frame of a GIF file and the canvas it lies on. Byte arrays are views into the file. */
export interface GifFile {
  /** The logical screen, enlarged where the frame reaches beyond it (as Pillow does). */
  readonly width: number;
  readonly height: number;
  readonly frame: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly interlaced: boolean;
    /** Red, green, blue of each entry; `undefined` where the file has no palette. */
    readonly palette: Uint8Array | undefined;
    /** The colour index that stands for "nothing here", or -1. */
    readonly transparent: number;
    /** LZW's code size for single pixels. */
    readonly codeBits: number;
    /** The file from the first sub-block of LZW data on. */
    readonly data: Uint8Array;
  };
}

const SCREEN_BYTES = 13;
const FRAME_BYTES = 10;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;
/** Flag of screen and frame: a palette follows, its size in the three low bits. */
const HAS_PALETTE = 0x80;
const INTERLACED = 0x40;
/** LZW codes have at most 12 bits, so those of single pixels at most 11; the specification allows 8 bits a pixel. */
const MAX_CODE_BITS = 8;

/** Reads the canvas. @throws {CodecError} `broken` */
export function readGifHeader(bytes: Uint8Array): ImageHeader {
  const { width, height, frame } = readGifFile(bytes);
  return {
    format: "gif",
    width,
    height,
    orientation: 1,
    ...(frame.interlaced ? { process: "interlaced" } : {}),
  };
}

/** Reads everything up to the pixels of the first frame. @throws {CodecError} `broken` */
export function readGifFile(bytes: Uint8Array): GifFile {
  if (bytes.length < SCREEN_BYTES) throw new CodecError("broken", "GIF: the file ends inside its header");
  const screen = paletteAfter(bytes, SCREEN_BYTES, bytes[10]);
  let at = screen.end;
  let transparent = -1;
  for (;;) {
    const introducer = at < bytes.length ? bytes[at] : TRAILER;
    if (introducer === EXTENSION) {
      const start = at + 2;
      // Sub-block of 4 bytes: flags, delay, transparent index.
      if (bytes[at + 1] === GRAPHIC_CONTROL && bytes[start] === 4) {
        transparent = bytes[start + 1] & 1 ? bytes[start + 4] : -1;
      }
      at = skipSubBlocks(bytes, start);
    } else if (introducer === IMAGE) {
      return readFrame(bytes, at, screen.palette, transparent);
    } else if (introducer === TRAILER) {
      throw new CodecError("broken", "GIF: the file has no frame");
    } else {
      throw new CodecError("broken", `GIF: unknown block 0x${introducer.toString(16)} at byte ${at}`);
    }
  }
}

function readFrame(
  bytes: Uint8Array,
  at: number,
  globalPalette: Uint8Array | undefined,
  transparent: number,
): GifFile {
  if (at + FRAME_BYTES >= bytes.length) throw new CodecError("broken", "GIF: the file ends inside a frame");
  const [x, y, width, height] = [1, 3, 5, 7].map((offset) => uint16(bytes, at + offset));
  const flags = bytes[at + 9];
  const local = paletteAfter(bytes, at + FRAME_BYTES, flags);
  const codeBits = bytes[local.end];
  if (!(codeBits >= 1 && codeBits <= MAX_CODE_BITS)) {
    throw new CodecError("broken", `GIF: an LZW code size of ${codeBits ?? "nothing"}`);
  }
  return {
    width: Math.max(uint16(bytes, 6), x + width),
    height: Math.max(uint16(bytes, 8), y + height),
    frame: {
      x,
      y,
      width,
      height,
      interlaced: (flags & INTERLACED) !== 0,
      palette: local.palette ?? globalPalette,
      transparent,
      codeBits,
      data: bytes.subarray(local.end + 1),
    },
  };
}

function paletteAfter(
  bytes: Uint8Array,
  at: number,
  flags: number,
): { readonly palette: Uint8Array | undefined; readonly end: number } {
  if (!(flags & HAS_PALETTE)) return { palette: undefined, end: at };
  const end = at + 3 * (2 << (flags & 7));
  return { palette: bytes.subarray(at, end), end };
}

/** The position after the empty sub-block that ends a run of them, or the end of the file. */
function skipSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += bytes[at] + 1;
  return at + 1;
}

function uint16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}
