/** Damaged files are imported or refused with an ImportError, soon. */
import fc from "fast-check";
import { Builder } from "flatbuffers";
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

test("a file that names one long text a hundred thousand times is refused before all are read", () => {
  const b = new Builder(1 << 20);
  const text = b.createString("x".repeat(4096));
  b.startObject(4);
  b.addFieldOffset(1, text, 0);
  b.addFieldInt32(3, 32, 0); // CUSTOM
  const code = b.endObject();
  const count = 100_000;
  b.startVector(4, count, 4);
  for (let i = 0; i < count; i++) b.addOffset(code);
  const codes = b.endVector();
  b.startObject(2);
  b.addFieldInt32(0, 3, 0);
  b.addFieldOffset(1, codes, 0);
  b.finish(b.endObject(), "TFL3");
  const start = performance.now();
  expect(() => importTflite(b.asUint8Array(), { name: "test", weightsLocation: "w" })).toThrow(
    "The file is damaged: its parts refer to each other too often",
  );
  expect(performance.now() - start).toBeLessThan(1000);
});
