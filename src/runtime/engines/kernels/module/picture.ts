/**
 * Resizing of pictures before a network sees them. (Conventions: `../module.ts`.)
 *
 * @module
 */

/** Pillow's antialiased resize of 8-bit RGB, by filters of four taps or fewer. */
export interface PictureKernels {
  /**
   * A row to another width. Reads 16 bytes from each start, and writes whole groups of four pixels and 4 bytes behind them.
   *
   * @param taps for every four positions: where their taps begin, in bytes from `x` (int32), then for each the high halves of four weights, then the low
   * ones (int16). `row-loops.ts` makes it
   * @param count positions of the target
   */
  resampleRowU8(x: number, taps: number, count: number, y: number): void;

  /**
   * Four rows to one, byte by byte. Reads and writes whole vectors of 16 bytes.
   *
   * @param wa weight of row `a`, 22 bits; the four sum to about 2^22
   */
  combineRowsU8(
    a: number,
    b: number,
    c: number,
    d: number,
    wa: number,
    wb: number,
    wc: number,
    wd: number,
    bytes: number,
    y: number,
  ): void;
}
