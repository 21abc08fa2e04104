/** A PNG of 48 megapixels, decoded and resized in a Worker: its memory above the file's own bytes. */
import { expect, test } from "vitest";
import { bundlePngWorker, measurePeak } from "../../bench/png/memory.ts";
import { makePicture, PICTURES } from "../../bench/png/pictures.ts";

/** The promise: 16 MB. What is left of it goes to garbage, which is only collected when V8 sees fit. */
const MOST_BYTES = 16_000_000;

test("48 megapixels take at most 16 MB", async () => {
  const kind = PICTURES.find(({ name }) => name === "48 MP");
  if (!kind) throw new Error("no such picture");
  const { bytes, samples } = await measurePeak(await bundlePngWorker(), await makePicture(kind));
  expect(bytes).toBeLessThan(MOST_BYTES);
  // A peak that was not looked for is not found.
  expect(samples).toBeGreaterThan(20);
});
