/**
 * The most memory that a Worker holds at a time, seen through the inspector.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import type { Inspector } from "./inspector.ts";

/** Between two looks at the heap, in milliseconds. */
const SAMPLE_MS = 1;

/** V8's used heap and the array buffers, in bytes. Garbage counts: it is held until it is collected. */
export async function heldBytes(inspector: Inspector): Promise<number> {
  const { usedSize, backingStorageSize } = await inspector.heapUsage();
  return usedSize + backingStorageSize;
}

/** What was seen while something ran. */
export interface Peak {
  /** The most bytes that were held. */
  readonly bytes: number;
  /** How often was looked. The inspector is answered only when the Worker waits for something from outside. */
  readonly samples: number;
}

/** Looks at the heap for as long as `work` takes, and once more. */
export async function watchPeak<T>(
  inspector: Inspector,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peak: Peak }> {
  let done = false;
  let bytes = 0;
  let samples = 0;
  const look = async () => {
    bytes = Math.max(bytes, await heldBytes(inspector));
    samples++;
  };
  const watching = (async () => {
    while (!done) {
      await look();
      await setTimeout(SAMPLE_MS);
    }
  })();
  try {
    const result = await work();
    await look();
    return { result, peak: { bytes, samples } };
  } finally {
    done = true;
    await watching;
  }
}
