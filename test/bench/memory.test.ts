/** What each of torchvision's models takes of a Worker's memory, loading and a first picture of the largest size included. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BundledWorker, startWorker } from "../../bench/harness/worker.ts";
import { MEMORY_LIMITS } from "../../bench/memory/cases.ts";
import { bundleMemoryWorker, measureMemory } from "../../bench/memory/measure.ts";
import {
  checkpointOf,
  hasReference,
  type InstalledReference,
  installReference,
} from "../e2e/support/reference.ts";

const MB = 1e6;

describe.runIf(hasReference)("memory of a Worker, above the idle one's", () => {
  let installed: InstalledReference;
  let bundle: BundledWorker;
  beforeAll(async () => {
    const files = MEMORY_LIMITS.map(({ model }) => [model, checkpointOf(model)]);
    installed = await installReference(Object.fromEntries(files));
    const { folders } = installed;
    bundle = await bundleMemoryWorker(folders);
    // Fills the local R2, which all share.
    await (await startWorker(bundle, { folders, state: folders.state })).stop();
  });
  afterAll(() => installed?.remove());

  test.each(MEMORY_LIMITS)("$model takes at most $most MB", async (limit) => {
    const { state } = installed.folders;
    const { wasm, heap, samples } = await measureMemory(bundle, { state }, [{ ...limit, variant: "fp32" }]);
    expect((wasm + heap) / MB).toBeLessThanOrEqual(limit.most);
    // Weights alone are half of each limit at least: something was measured.
    expect(wasm / MB).toBeGreaterThan(limit.most / 2);
    // A peak that was not looked for is not found.
    expect(samples).toBeGreaterThan(20);
  });
});
