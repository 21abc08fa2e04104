/**
 * The memory that a picture takes in a Worker, at its peak.
 *
 * @module
 */
import { heldBytes, watchPeak } from "../harness/peak.ts";
import { type BundledWorker, bundleWorker, startWorker } from "../harness/worker.ts";

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
    const { peak } = await watchPeak(inspector, () => worker.call("prepareWatched"));
    inspector.close();
    return { bytes: peak.bytes - idle, samples: peak.samples };
  } finally {
    await worker.stop();
  }
}
