/**
 * What the codecs take and give. Decoders push rows into a sink, so that no stage needs a whole picture.
 *
 * @module
 */

/** Formats that are recognised by their first bytes. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif" | "bmp" | "avif" | "heic";

/** EXIF orientation, 1 to 8 (TIFF 6.0, tag 0x0112); 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** What the header of a file says, read without decoding it. Width and height are those stored, before the orientation. */
export interface ImageHeader {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** The coding process where a format has several, for logs and memory estimates: `progressive`, `interlaced`, … */
  readonly process?: string;
}

/** An 8-bit RGB picture, `[H, W, 3]` row-major: what `decode` gives. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A part of a picture: columns `[left, right)` of rows `[top, bottom)`. */
export interface Region {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Takes a picture row by row, top to bottom, in stored orientation. */
export interface RowSink {
  /** Called once, before the first row, with the size at which the picture is decoded. */
  begin(width: number, height: number): void;
  /**
   * The part of the picture that is of use, asked for after `begin`; all of it where this is left out. A decoder may leave out the rows
   * beside it, and hold anything in the columns beside it.
   */
  region?(): Region;
  /** One row, `width * 3` bytes of RGB. The buffer is the decoder's and is reused: copy what you keep. */
  row(y: number, rgb: Uint8Array): void;
  /** Called once, after the last row. */
  end(): void;
}

/** Limits that are checked against the header before memory is spent. */
export interface Limits {
  /** Size of the file, in bytes. */
  readonly maxBytes: number;
  /** Width times height. */
  readonly maxPixels: number;
  /** Width, and height. */
  readonly maxSide: number;
  /** Memory that a decoder may take beside the file's own bytes, as `estimateDecodeBytes` reckons it. */
  readonly maxDecodeBytes: number;
}

/** How to decode. */
export interface DecodeOptions {
  readonly limits: Limits;
  /**
   * The smallest stored size that is still useful. A decoder that can scale while it decodes (JPEG: 1/2, 1/4, 1/8) may give any
   * size not below it; others give the full size.
   */
  readonly minSize?: { readonly width: number; readonly height: number };
  /** Refuse damaged data instead of filling what is missing with grey as libjpeg does. */
  readonly strict?: boolean;
}

/** What a decode has to tell beside the pixels. */
export interface DecodeReport {
  /** Damage that was bridged, in words: "premature end of JPEG data". */
  readonly warnings: readonly string[];
}

/** Why a picture was refused. The handlers map these to problem types. */
export type CodecErrorKind =
  /** The bytes are not a picture of any known format. */
  | "not_an_image"
  /** A picture, but of a format or coding process that is not decoded here. */
  | "unsupported"
  /** Over a limit; the message names it. */
  | "too_large"
  /** The file is damaged beyond use. */
  | "broken";

/** A picture that cannot be decoded; `kind` tells why. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  constructor(
    readonly kind: CodecErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
