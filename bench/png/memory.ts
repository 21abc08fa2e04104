/**
 * The memory that a picture takes in a Worker, at its peak.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import type { Inspector } from "../harness/inspector.ts";
import { type BundledWorker, bundleWorker, startWorker } from "../harness/worker.ts";

/** Between two looks at the heap. */
const SAMPLE_MS = 2;

/** Bundles the Worker that {@link measurePeak} starts. */
export function bundlePngWorker(): Promise<BundledWorker> {
  return bundleWorker("bench/png/worker.ts");
}

/**
 * Prepares a picture in a fresh isolate and watches V8's heap and the array buffers; garbage counts, since it is held until it is collected.
 *
 * @returns bytes above what the isolate holds with the file in its memory, and how often it was looked at
 */
export async function measurePeak(
  bundle: BundledWorker,
  picture: Uint8Array,
): Promise<{ readonly bytes: number; readonly samples: number }> {
  const worker = await startWorker(bundle, { objects: { picture } });
  try {
    await worker.call("load");
    const inspector = await worker.inspector();
    await inspector.collectGarbage();
    const idle = await heldBytes(inspector);
    let done = false;
    const running = worker.call("prepare").finally(() => {
      done = true;
    });
    let peak = idle;
    let samples = 0;
    while (!done) {
      peak = Math.max(peak, await heldBytes(inspector));
      samples++;
      await setTimeout(SAMPLE_MS);
    }
    await running;
    inspector.close();
    return { bytes: peak - idle, samples };
  } finally {
    await worker.stop();
  }
}

async function heldBytes(inspector: Inspector): Promise<number> {
  const { usedSize, backingStorageSize } = await inspector.heapUsage();
  return usedSize + backingStorageSize;
}
