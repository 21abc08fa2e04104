/**
 * The memory that models take in a Worker, from a fresh isolate to their answers.
 *
 * @module
 */
import type { VariantName } from "../../src/runtime/manifest.ts";
import type { ModelFolders } from "../../tools/models/paths.ts";
import { heldBytes, watchPeak } from "../harness/peak.ts";
import { makePicture } from "../harness/picture.ts";
import { type BundledWorker, bundleWorker, startWorker, type WorkerOptions } from "../harness/worker.ts";

/** A request that loads a model and runs it. */
export interface MemoryCase {
  readonly model: string;
  readonly variant: VariantName;
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
  /** How often a model was loaded: once each where none had to make room for another. */
  readonly loads: number;
}

/** What the Worker's log says of a request. */
interface LogLine {
  readonly models?: readonly { readonly state: string }[];
}

/** Bundles the Worker that {@link measureMemory} starts. @param folders whose manifest it gets */
export function bundleMemoryWorker(folders: ModelFolders): Promise<BundledWorker> {
  return bundleWorker("bench/memory/worker.ts", folders);
}

/** Measures requests, one after the other, in an isolate of their own. The sum of `wasm` and `heap` counts both peaks, whether or not they meet. */
export async function measureMemory(
  bundle: BundledWorker,
  options: WorkerOptions,
  cases: readonly MemoryCase[],
): Promise<MemoryUse> {
  const worker = await startWorker(bundle, options);
  try {
    const inspector = await worker.inspector();
    const wasmBefore = await inspector.wasmBytes();
    await fetch(new URL("/healthz", worker.origin));
    const idle = await heldBytes(inspector);
    let heap = 0;
    let samples = 0;
    for (const one of cases) {
      const picture = await makePicture(one);
      const { peak } = await watchPeak(inspector, () => ask(worker.origin, one, picture));
      heap = Math.max(heap, peak.bytes - idle);
      samples += peak.samples;
    }
    const wasm = (await inspector.wasmBytes()) - wasmBefore;
    inspector.close();
    const lines = worker.logs.filter((line) => line.startsWith("{"));
    const states = lines.flatMap((line) => (JSON.parse(line) as LogLine).models ?? []);
    return { wasm, heap, idle, samples, loads: states.filter(({ state }) => state === "loaded").length };
  } finally {
    await worker.stop();
  }
}

async function ask(
  origin: URL,
  { route, model, variant }: MemoryCase,
  picture: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const url = new URL(`/v1/${route}?model=${model}&variant=${variant}`, origin);
  const response = await fetch(url, { method: "POST", body: picture });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${model}: ${text}`);
}
