/**
 * The one EXIF field that pixels depend on: the orientation.
 *
 * @module
 */
import type { Orientation } from "./types.ts";

/** TIFF 6.0: tag 274, "Orientation". */
const TAG_ORIENTATION = 0x0112;
/** TIFF 6.0, field types: BYTE, SHORT and LONG. The tag should be a SHORT; some writers use the others. */
const READERS: Readonly<Record<number, (view: DataView, at: number, littleEndian: boolean) => number>> = {
  1: (view, at) => view.getUint8(at),
  3: (view, at, littleEndian) => view.getUint16(at, littleEndian),
  4: (view, at, littleEndian) => view.getUint32(at, littleEndian),
};

/**
 * Reads the orientation from an EXIF block. Never throws: metadata that cannot be read mean "upright", as in every viewer.
 *
 * @param tiff the block from its TIFF header on (`II*\0` or `MM\0*`; in JPEG what follows `Exif\0\0`, in PNG the chunk `eXIf`)
 */
export function readExifOrientation(tiff: Uint8Array): Orientation {
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const order = view.getUint16(0);
  const littleEndian = order === 0x4949;
  if (!littleEndian && order !== 0x4d4d) return 1;
  if (view.getUint16(2, littleEndian) !== 42) return 1;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, littleEndian);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * 12;
    if (at + 12 > tiff.length) return 1;
    if (view.getUint16(at, littleEndian) !== TAG_ORIENTATION) continue;
    const read = READERS[view.getUint16(at + 2, littleEndian)];
    return read ? toOrientation(read(view, at + 8, littleEndian)) : 1;
  }
  return 1;
}

/** Whether an orientation turns the picture by a quarter, so that width and height change places. */
export function swapsSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** Width and height as they are seen, after the orientation. */
export function uprightSize(picture: {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}): { width: number; height: number } {
  return swapsSides(picture.orientation)
    ? { width: picture.height, height: picture.width }
    : { width: picture.width, height: picture.height };
}

function toOrientation(value: number): Orientation {
  return value >= 1 && value <= 8 ? (value as Orientation) : 1;
}
