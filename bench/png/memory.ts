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
 * @returns bytes above a fresh isolate and the file itself, and how often was looked
 */
export async function measurePeak(
  bundle: BundledWorker,
  picture: Uint8Array,
): Promise<{ readonly bytes: number; readonly samples: number }> {
  const worker = await startWorker(bundle, { objects: { picture } });
  try {
    const inspector = await worker.inspector();
    const idle = (await heldBytes(inspector)) + picture.length;
    await worker.call("load");
    let done = false;
    const running = worker.call("prepareWatched").finally(() => {
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
