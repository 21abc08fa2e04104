/** What all of torchvision's models in int8 take of a Worker's memory together. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_INT8, ALL_INT8_MOST } from "../../bench/memory/cases.ts";
import { bundleMemoryWorker, type MemoryUse, measureMemory } from "../../bench/memory/measure.ts";
import { readCatalogue } from "../../tools/models/catalogue.ts";
import { addVariant } from "../../tools/models/install.ts";
import type { ModelFolders } from "../../tools/models/paths.ts";
import { readRecords, readVariant, writeManifest } from "../../tools/models/store.ts";
import { type Int8Variant, makeInt8 } from "../../tools/quantize/variant.ts";
import {
  checkpointOf,
  hasReference,
  type InstalledReference,
  installReference,
} from "../e2e/support/reference.ts";

/** Settings of the kinds of preprocessing whose networks take any size. */
const SMALL: Readonly<Record<string, object>> = {
  generalized_rcnn: { min_size: 160, max_size: 320 },
  resize: { resize: 160 },
};

/** Memory does not depend on what ranges are calibrated to: one picture will do, and a small one. */
async function quantizeAll(folders: ModelFolders): Promise<void> {
  const made = new Map<string, Int8Variant>();
  for (const [name, record] of await readRecords(folders)) {
    const { card, variants } = record.model;
    const source = await readVariant(folders, record, "fp32");
    if (!source || variants.int8 || !ALL_INT8.some(({ model }) => model === name)) continue;
    const preprocess = { ...card.preprocess, ...SMALL[card.preprocess.kind] };
    const int8 =
      made.get(checkpointOf(name)) ?? (await makeInt8({ ...card, preprocess }, source, { pictures: 1 }));
    made.set(checkpointOf(name), int8);
    await addVariant(folders, record, int8);
  }
  await writeManifest(folders, await readCatalogue(folders));
}

describe.runIf(hasReference)("all seven models in int8, in one Worker", () => {
  let installed: InstalledReference;
  let use: MemoryUse;
  beforeAll(async () => {
    const files = ALL_INT8.map(({ model }) => [model, checkpointOf(model)]);
    installed = await installReference(Object.fromEntries(files));
    const { folders } = installed;
    await quantizeAll(folders);
    const bundle = await bundleMemoryWorker(folders);
    use = await measureMemory(bundle, { folders, state: folders.state }, [...ALL_INT8, ...ALL_INT8]);
  });
  afterAll(() => installed?.remove());

  test("answer in turn, twice, each loaded once: none makes room for another", () => {
    expect(use.loads).toBe(ALL_INT8.length);
  });

  test("take the memory of WebAssembly that their weights and the largest run need", () => {
    // 70 MB of packed weights, and 8 of activations at 800×1333.
    expect(use.wasm / 1e6).toBeLessThanOrEqual(80);
  });

  // 83 MB are held for good; the rest is what one request takes, and what V8 has not collected yet.
  test(`take at most ${ALL_INT8_MOST} MB with the heap`, () => {
    expect((use.wasm + use.heap) / 1e6).toBeLessThanOrEqual(ALL_INT8_MOST);
  });
});
