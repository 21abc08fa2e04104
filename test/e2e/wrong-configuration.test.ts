/**
 * A Worker that is configured wrongly: it does not start, and says which variables are wrong.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { bundleWorker, startWorker } from "../../bench/harness/worker.ts";
import { prepareModels } from "../../tools/models/install.ts";
import { modelFolders } from "../../tools/models/paths.ts";

test("wrong variables stop the Worker with their names; what a secret holds stays unsaid", async () => {
  const folders = modelFolders();
  await prepareModels(folders);
  const bundle = await bundleWorker("src/index.slim.ts", folders);
  const state = await mkdtemp(path.join(tmpdir(), "edge-vision-wrong-"));
  const variables = { QUEUE_DEPTH: "many", API_KEYS: "alice:a-secret-key" };
  try {
    const failure = await startWorker(bundle, { state, variables }).then(
      (worker) => worker.stop(),
      (error: unknown) => String(error),
    );
    expect(failure).toMatch(/QUEUE_DEPTH: a whole number from 1 to 10000\. API_KEYS: name=<SHA-256/);
    expect(failure).not.toContain("a-secret-key");
  } finally {
    await rm(state, { recursive: true, force: true });
  }
});
