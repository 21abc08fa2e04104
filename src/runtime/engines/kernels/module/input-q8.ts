/**
 * A network's input in bytes. (Conventions: `../module-q8.ts`.)
 *
 * @module
 */

/** Values of a row of pixels for which a map has a factor and an offset: whole vectors of four, and whole pixels. */
export const PIXEL_MAP_PERIOD = 12;

/** Bytes of what {@link InputKernelsQ8.pixelRowsQ8} maps pixels with: factors and offsets (floats), then three tables. */
export const PIXEL_MAP_BYTES = 4 * 2 * PIXEL_MAP_PERIOD + 3 * 256;

/** What an integer stem begins with. */
export interface InputKernelsQ8 {
  /**
   * Brings rows of 8-bit RGB pixels to what an integer stem unfolds: each byte becomes what the map says, with `zero` on both sides.
   *
   * @param x rows, `xRow` bytes apart; up to 24 bytes behind the last are read
   * @param y rows of `3 · columns` bytes, `yRow` apart; the first byte of a row is that of column `-padLeft`. Up to 16 bytes behind them are written
   * @param columns pixels of a row of y, padding among them
   * @param map twelve factors and twelve offsets (floats, channels in turn), then three times 256 bytes: what a byte of red, green, blue becomes
   * @param affine 1: `clamp(round(byte · factor + offset), …) + zero`, each step rounded to single precision; 0: by the tables
   */
  pixelRowsQ8(
    x: number,
    xRow: number,
    rows: number,
    xW: number,
    y: number,
    yRow: number,
    padLeft: number,
    columns: number,
    map: number,
    affine: number,
    zero: number,
  ): void;

  /**
   * Unfolds (im2col) rows of bytes, padding among them, for an integer stem: each result is a row of `kh · run` bytes and then any up to `ld`, and
   * `gemmQ8` with a matrix of one tap and `kh · run` inputs does the rest.
   *
   * @param x what lies under the first result; rows are `xRow` bytes apart, and up to 15 bytes behind a run are read
   * @param stepY bytes from what one row of results reads to what the next does; `stepX` from one result to the next
   * @param y `rows · oW` results, `ld` bytes apart (a multiple of 8, at least `kh · run`); up to 15 bytes behind the last are written
   * @param run bytes under a row of the kernel
   */
  unfoldQ8(
    x: number,
    xRow: number,
    stepY: number,
    stepX: number,
    y: number,
    ld: number,
    rows: number,
    oW: number,
    kh: number,
    run: number,
  ): void;
}
