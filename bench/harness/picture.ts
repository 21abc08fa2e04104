/**
 * A picture to run networks on.
 *
 * @module
 */
import { encodePng } from "../../src/codecs/encode/png.ts";
import type { Size } from "../../src/runtime/preprocess/size.ts";

/** A picture with something in it everywhere, as PNG. */
export async function makePicture({ height, width }: Size): Promise<Uint8Array<ArrayBuffer>> {
  const row = (y: number, into: Uint8Array) => {
    for (let x = 0; x < width; x++) {
      const waves = [x / 17 + y / 31, x / 7 - y / 13, (x * y) / 4096].map(Math.sin);
      into.set(
        waves.map((wave) => 128 + 100 * wave),
        x * 3,
      );
    }
  };
  return new Uint8Array(await encodePng({ width, height, color: "rgb", row }));
}
