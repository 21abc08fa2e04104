/**
 * What must hold for any bytes at all.
 *
 * @module
 */
import {
  CodecError,
  decodeInto,
  estimateDecodeBytes,
  type ImageHeader,
  type Limits,
  readHeader,
} from "../../../src/codecs/index.ts";

/** What a service would allow, but for the size of a picture: it bounds the time of a run. */
export const FUZZ_LIMITS: Limits = {
  maxBytes: 1_000_000,
  maxPixels: 20_000_000,
  maxSide: 65_535,
  maxDecodeBytes: 64_000_000,
};

/** How a file was answered. */
export interface Outcome {
  /** `undefined` for a picture. */
  readonly refused: string | undefined;
  /** Pixels given out. */
  readonly pixels: number;
  readonly header: ImageHeader | undefined;
}

/**
 * Decodes a file; it must end in a {@link CodecError}, or in a picture of the size that the header declares, given row by row.
 *
 * @throws {Error} when anything else happens
 */
export async function checkMutant(bytes: Uint8Array, strict: boolean): Promise<Outcome> {
  let header: ImageHeader | undefined;
  let rows = 0;
  let ended = false;
  try {
    header = readHeader(bytes, FUZZ_LIMITS);
    const { width, height } = header;
    if (!Number.isFinite(estimateDecodeBytes(header))) throw new Error("no estimate");
    await decodeInto(
      bytes,
      { limits: FUZZ_LIMITS, strict },
      {
        begin(w, h) {
          if (w !== width || h !== height)
            throw new Error(`begins with ${w} × ${h}, not ${width} × ${height}`);
        },
        row(y, rgb) {
          if (y !== rows++ || rgb.length !== width * 3) throw new Error(`row ${y} of ${rgb.length} bytes`);
        },
        end() {
          ended = true;
        },
      },
    );
    if (!ended || rows !== height) throw new Error(`${rows} rows of ${height}`);
    return { refused: undefined, pixels: width * height, header };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { refused: error.kind, pixels: rows * (header?.width ?? 0), header };
  }
}
