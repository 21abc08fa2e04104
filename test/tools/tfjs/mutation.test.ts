/** Damaged models are imported or refused with an ImportError. */
import fc from "fast-check";
import { test } from "vitest";
import { mutate } from "../../../tools/fuzz/mutate.ts";
import { createRandom, type Random } from "../../../tools/fuzz/random.ts";
import { ImportError } from "../../../tools/nhwc/errors.ts";
import { importTfjs, type TfjsSource } from "../../../tools/tfjs/import.ts";
import { GRAPHS } from "./graphs.ts";
import { filesOf } from "./support.ts";

const seeds = Object.values(GRAPHS).map((graph) => filesOf(graph));

/** Weights may take this much here, so that a file that asks for more is one of those refused. */
const LIMIT = 2 ** 24;

async function tryImport(source: TfjsSource): Promise<void> {
  try {
    await importTfjs(source, { name: "test", weightsLocation: "test.data", maxWeightBytes: LIMIT });
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
  }
}

test("bytes of model.json", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (which, seed) => {
      const source = seeds[which % seeds.length];
      await tryImport({ ...source, modelJson: mutate(source.modelJson, createRandom(seed)) });
    }),
    { numRuns: 1000 },
  );
});

/** Values that stand in for any other. */
const STRANGE = [
  0,
  -1,
  1,
  2 ** 31,
  2 ** 53,
  1e308,
  0.5,
  "",
  "-1",
  "4096",
  "x",
  "x:1",
  "^x",
  "y",
  true,
  null,
  [],
  {},
  [[]],
];

/** Replaces, removes or swaps parts of a JSON value, in place. */
function disturb(json: object, random: Random): void {
  const places: [Record<string, unknown>, string][] = [];
  const collect = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push([value as Record<string, unknown>, key]);
      collect(inner);
    }
  };
  collect(json);
  for (let rounds = 1 + random.int(3); rounds > 0; rounds--) {
    const [holder, key] = random.pick(places);
    const [other, otherKey] = random.pick(places);
    switch (random.int(4)) {
      case 0:
        delete holder[key];
        break;
      case 1:
        holder[key] = structuredClone(other[otherKey]);
        break;
      default:
        holder[key] = random.pick(STRANGE);
    }
  }
}

test("parts of model.json", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (which, seed) => {
      const source = seeds[which % seeds.length];
      const json = structuredClone(source.json);
      disturb(json, createRandom(seed));
      await tryImport({ ...source, modelJson: new TextEncoder().encode(JSON.stringify(json)) });
    }),
    { numRuns: 3000 },
  );
});

test("bytes of the weights, among which are axes and shapes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (which, seed) => {
      const source = seeds[which % seeds.length];
      const readShard = async (path: string) => mutate(await source.readShard(path), createRandom(seed));
      await tryImport({ ...source, readShard });
    }),
    { numRuns: 1000 },
  );
});
