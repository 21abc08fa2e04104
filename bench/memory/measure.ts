/**
 * The memory that one model takes in a Worker, from a fresh isolate to the first answer.
 *
 * @module
 */
import type { ModelFolders } from "../../tools/models/paths.ts";
import { heldBytes, watchPeak } from "../harness/peak.ts";
import { makePicture } from "../harness/picture.ts";
import { type BundledWorker, bundleWorker, startWorker, type WorkerOptions } from "../harness/worker.ts";

/** A request that loads a model and runs it. */
export interface MemoryCase {
  readonly model: string;
  readonly route: "classify" | "detect" | "segment";
  /** Of the picture, which is as large as the network's input. */
  readonly height: number;
  readonly width: number;
}

/** Bytes above the idle Worker. */
export interface MemoryUse {
  /** WebAssembly memory, which never shrinks. */
  readonly wasm: number;
  /** V8's used heap and ArrayBuffers, at their peak. */
  readonly heap: number;
  /** V8's used heap and ArrayBuffers of the idle Worker. */
  readonly idle: number;
  readonly samples: number;
}

/** Bundles the Worker that {@link measureMemory} starts. @param folders whose manifest it gets */
export function bundleMemoryWorker(folders: ModelFolders): Promise<BundledWorker> {
  return bundleWorker("bench/memory/worker.ts", folders);
}

/** Measures a request in an isolate of its own. The sum of `wasm` and `heap` counts both peaks, whether or not they meet. */
export async function measureMemory(
  bundle: BundledWorker,
  options: WorkerOptions,
  one: MemoryCase,
): Promise<MemoryUse> {
  const picture = await makePicture(one);
  const worker = await startWorker(bundle, options);
  try {
    const inspector = await worker.inspector();
    const wasmBefore = await inspector.wasmBytes();
    await fetch(new URL("/healthz", worker.origin));
    const idle = await heldBytes(inspector);
    const { peak } = await watchPeak(inspector, async () => {
      const url = new URL(`/v1/${one.route}?model=${one.model}&variant=fp32`, worker.origin);
      const response = await fetch(url, { method: "POST", body: picture });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${one.model}: ${text}`);
    });
    const wasm = (await inspector.wasmBytes()) - wasmBefore;
    inspector.close();
    return { wasm, heap: peak.bytes - idle, idle, samples: peak.samples };
  } finally {
    await worker.stop();
  }
}
