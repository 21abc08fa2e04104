import fc from "fast-check";
import { expect, test } from "vitest";
import { damagedCheckpoint, tryCheckpoint } from "../../../tools/fuzz/checkpoint-case.ts";
import { mutate } from "../../../tools/fuzz/mutate.ts";
import { createRandom } from "../../../tools/fuzz/random.ts";
import { CheckpointError } from "../../../tools/torch/error.ts";
import { stateDictHooks } from "../../../tools/torch/globals.ts";
import { unpickle } from "../../../tools/torch/pickle.ts";
import { fixture, unzip } from "./support.ts";

const seeds = ["zip-protocol2.pth", "zip-protocol4.pth", "legacy-protocol2.pth", "legacy-protocol5.pth"].map(
  (name) => ({
    name,
    bytes: fixture(name),
    architecture: "mobilenet_v3_large" as const,
  }),
);

test("damaged checkpoints are read or refused with a CheckpointError, each within 2 seconds", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (caseNumber) => {
      const { seed, bytes } = damagedCheckpoint(seeds, caseNumber);
      const start = performance.now();
      // Anything but a CheckpointError is thrown on.
      await tryCheckpoint(bytes, seed.architecture);
      expect(performance.now() - start).toBeLessThan(2000);
    }),
    { numRuns: 400 },
  );
});

test("damaged pickles end, with a value or a CheckpointError", async () => {
  const pickles = await Promise.all(
    seeds.slice(0, 2).map(async ({ bytes }) => {
      const entries = await unzip(bytes);
      return entries[Object.keys(entries).find((name) => name.endsWith("data.pkl")) as string];
    }),
  );
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...pickles), (seed, pickle) => {
      const damaged = mutate(pickle, createRandom(seed));
      const hooks = stateDictHooks(damaged.length, (dtype, key, length) => ({
        kind: "storage",
        dtype,
        key,
        length,
      }));
      try {
        unpickle(damaged, 0, hooks);
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }),
    { numRuns: 3000 },
  );
});

test("bytes of no format at all are refused with a CheckpointError", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("", "PK\u0003\u0004", "\u0080\u0002"),
      async (tail, head) => {
        const bytes = Uint8Array.of(...[...head].map((char) => char.charCodeAt(0)), ...tail);
        const outcome = await tryCheckpoint(bytes, "mobilenet_v3_large");
        expect(outcome).not.toBe("converted");
      },
    ),
    { numRuns: 300 },
  );
});
