/** The part of upng-js that the tests use; the package has no types. */
declare module "upng-js" {
  interface Decoded {
    readonly depth: number;
    readonly data: ArrayLike<number>;
    readonly width: number;
    readonly height: number;
  }
  const UPNG: {
    decode(file: ArrayBuffer): Decoded;
    toRGBA8(decoded: Decoded): ArrayBuffer[];
  };
  export default UPNG;
}
