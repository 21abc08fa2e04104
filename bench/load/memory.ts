/**
 * What a running Worker holds.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import type { RunningWorker } from "../harness/worker.ts";

/** Megabytes. */
export interface Memory {
  /** Of the process workerd, everything included; `null` where there is no /proc. */
  readonly rss_mb: number | null;
  /** V8's used heap and ArrayBuffers, after a garbage collection. */
  readonly heap_mb: number;
  /** WebAssembly memories. */
  readonly wasm_mb: number;
}

const MEGABYTE = 1e6;

/** Measures after a garbage collection. */
export async function measureMemory(worker: RunningWorker): Promise<Memory> {
  const inspector = await worker.inspector();
  try {
    const wasm = await inspector.wasmBytes();
    const { usedSize, backingStorageSize } = await inspector.heapUsage();
    return {
      rss_mb: await residentMegabytes(),
      heap_mb: tenths((usedSize + backingStorageSize) / MEGABYTE),
      wasm_mb: tenths(wasm / MEGABYTE),
    };
  } finally {
    inspector.close();
  }
}

/** Of the children of this process that are workerd: there is one. */
async function residentMegabytes(): Promise<number | null> {
  const entries = await readdir("/proc").catch(() => []);
  for (const pid of entries.filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
    if (field("Name") !== "workerd" || Number(field("PPid")) !== process.pid) continue;
    return tenths((Number(field("VmRSS")) * 1024) / MEGABYTE);
  }
  return null;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
