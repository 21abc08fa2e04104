/** Damaged files are imported or refused with an ImportError, soon. */
import fc from "fast-check";
import { Builder } from "flatbuffers";
import { expect, test } from "vitest";
import { mutate } from "../../../tools/fuzz/mutate.ts";
import { createRandom } from "../../../tools/fuzz/random.ts";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import { importTflite } from "../../../tools/tflite/import.ts";
import { writeTflite } from "../../../tools/tflite/write.ts";
import { GRAPHS } from "./graphs.ts";

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

/** A file whose operator codes are all one table, with a long name. */
function aliasedFile(codes: number, name: string): Uint8Array {
  const b = new Builder(1 << 16);
  const text = b.createString(name);
  b.startObject(4);
  b.addFieldOffset(1, text, 0);
  b.addFieldInt32(3, 32, 0); // CUSTOM
  const code = b.endObject();
  b.startVector(4, codes, 4);
  for (let i = 0; i < codes; i++) b.addOffset(code);
  const list = b.endVector();
  b.startObject(2);
  b.addFieldInt32(0, 3, 0);
  b.addFieldOffset(1, list, 0);
  b.finish(b.endObject(), "TFL3");
  return b.asUint8Array();
}

test.each([
  ["names one long text ten thousand times", 10_000, "malformed", /its parts refer to each other too often/],
  ["has a table for every four of its bytes", 200_000, "too_large", /more than 100000 tables/],
])("a file that %s is refused before all is read", (_, codes, kind, message) => {
  const bytes = aliasedFile(codes, "x".repeat(4096));
  try {
    importTflite(bytes, { name: "test", weightsLocation: "w" });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
  }
});
