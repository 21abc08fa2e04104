import fc from "fast-check";
import { expect, test } from "vitest";
import { checkMutant } from "./check-mutant.ts";
import { damagedOther, damagedPng, hostilePng } from "./mutations.ts";

/** `tools/fuzz/png.ts` and `tools/fuzz/images.ts` run many more, and watch time and memory. */
const RUNS = 1500;

test.each([
  ["PNG files", damagedPng],
  ["PNG files with right checksums", hostilePng],
  ["WebP, GIF and BMP files", damagedOther],
])(`${RUNS} damaged %s are each answered with a picture or a CodecError`, async (_name, mutants) => {
  let pictures = 0;
  await fc.assert(
    fc.asyncProperty(mutants, fc.boolean(), async ({ bytes }, strict) => {
      const { refused } = await checkMutant(bytes, strict);
      if (!refused) pictures++;
    }),
    { numRuns: RUNS },
  );
  // Damage that never leaves a picture would test the header only.
  expect(pictures).toBeGreaterThan(RUNS / 100);
});
