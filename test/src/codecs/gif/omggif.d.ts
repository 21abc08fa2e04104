/** The part of omggif that the tests use; the package has no types. */
declare module "omggif" {
  export class GifReader {
    constructor(file: Uint8Array);
    readonly width: number;
    readonly height: number;
    decodeAndBlitFrameRGBA(frame: number, pixels: Uint8Array): void;
  }
  export class GifWriter {
    constructor(buffer: Uint8Array, width: number, height: number, options: { palette: readonly number[] });
    addFrame(
      x: number,
      y: number,
      width: number,
      height: number,
      indices: Uint8Array,
      options?: { transparent?: number; palette?: readonly number[] },
    ): number;
    end(): number;
  }
}
