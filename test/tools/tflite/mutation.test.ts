/** Damaged files are imported or refused with an ImportError, soon. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { mutate } from "../../../tools/fuzz/mutate.ts";
import { createRandom } from "../../../tools/fuzz/random.ts";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import { importTflite } from "../../../tools/tflite/import.ts";
import { GRAPHS } from "./graphs.ts";
import { writeTflite } from "./writer.ts";

const seeds = Object.values(GRAPHS).map(writeTflite);

/** Weights may take this much here, so that a file that asks for more is one of those refused. */
const LIMIT = 2 ** 24;

function tryImport(bytes: Uint8Array): void {
  const start = performance.now();
  try {
    importTflite(bytes, { name: "test", weightsLocation: "test.data", maxWeightBytes: LIMIT });
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
  }
  expect(performance.now() - start).toBeLessThan(2000);
}

test("damaged bytes", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (which, seed) => {
      tryImport(mutate(seeds[which % seeds.length], createRandom(seed)));
    }),
    { numRuns: 4000 },
  );
});

test("a file whose lists are all one list of tables is refused before it grows", () => {
  // Every offset is the same distance, so that a table's lists lie in each other.
  const bytes = new Uint8Array(1 << 20);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 4 <= bytes.length; at += 4) view.setUint32(at, 64, true);
  bytes.set(new TextEncoder().encode("TFL3"), 4);
  expect(() => tryImport(bytes)).not.toThrow();
});
