/**
 * The Worker that reads model files from R2 and checks them as the product does, and does nothing else with them: what of a cold start is storage's.
 *
 * @module
 */
import manifest from "../../models/build/manifest.json";
import type { Manifest } from "../../src/runtime/manifest.ts";
import { type ModelBucket, openFile } from "../../src/runtime/registry/storage.ts";

/** Longer than any read takes. */
const TIMEOUT_MS = 60_000;

const { models } = manifest as unknown as Manifest;

/** Reads all files of a model's fp32 variant; the milliseconds that it took. */
async function readModel(bucket: ModelBucket, name: string): Promise<number> {
  const start = performance.now();
  for (const stored of Object.values(models[name]?.variants.fp32?.graphs ?? {})) {
    for (const file of [stored.graph, stored.weights]) {
      const reader = (await openFile(bucket, file, { timeoutMs: TIMEOUT_MS })).getReader();
      while (!(await reader.read()).done);
    }
  }
  return performance.now() - start;
}

export default {
  async fetch(request, { MODELS }): Promise<Response> {
    const { model } = (await request.json()) as { model: string };
    return Response.json(await readModel(MODELS, model));
  },
} satisfies ExportedHandler<{ readonly MODELS: R2Bucket }>;
