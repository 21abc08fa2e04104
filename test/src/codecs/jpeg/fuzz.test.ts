import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeJpeg } from "../../../../src/codecs/jpeg/index.ts";
import { CodecError } from "../../../../src/codecs/types.ts";
import { mutant } from "./mutations.ts";

/** `tools/fuzz/jpeg.ts` runs many more, and watches time and memory. */
const RUNS = 3000;

it(`answers ${RUNS} mutated files with a picture or a CodecError`, () => {
  fc.assert(
    fc.property(mutant, ({ bytes, options }) => {
      const calls = { begin: 0, rows: 0, end: 0, width: 0, height: 0 };
      try {
        decodeJpeg(bytes, options, {
          begin(width, height) {
            Object.assign(calls, { width, height });
            calls.begin++;
          },
          row(y, rgb) {
            if (y !== calls.rows++ || rgb.length !== 3 * calls.width) throw new Error(`row ${y}`);
          },
          end() {
            calls.end++;
          },
        });
        expect(calls).toMatchObject({ begin: 1, rows: calls.height, end: 1 });
        const { minSize } = options;
        if (minSize && calls.width < minSize.width) expect(calls.width).toBeLessThanOrEqual(minSize.width);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
    { numRuns: RUNS },
  );
});
