/**
 * The files of a model, on their way from storage.
 *
 * @module
 */
import { askEarly, type EarlyFile } from "./early.ts";
import type { Selection } from "./select.ts";
import { openFile, readFile } from "./storage.ts";
import type { LoadOptions } from "./types.ts";

/** A graph's files: the graph itself, and its weights, asked for. */
export interface OpenFiles {
  readonly bytes: Uint8Array;
  readonly weights: EarlyFile;
}

/**
 * Asks for all files of a model at once, and waits for the graphs.
 *
 * @param timeoutMs most milliseconds to wait for storage at a time
 * @returns by role; what is not opened of them must be released
 * @throws {ModelError} `storage_failure`, or `not_installed` when the bucket lacks a file
 */
export async function openFiles(
  { stored }: Selection,
  { bucket, onProgress }: Pick<LoadOptions, "bucket" | "onProgress">,
  timeoutMs: number,
): Promise<Record<string, OpenFiles>> {
  const reading = { timeoutMs, ...(onProgress && { onProgress }) };
  const asked = Object.entries(stored.graphs).map(([role, { graph, weights }]) => ({
    role,
    graph: readFile(bucket, graph, reading),
    weights: askEarly(() => openFile(bucket, weights, reading)),
  }));
  try {
    const bytes = await Promise.all(asked.map(({ graph }) => graph));
    return Object.fromEntries(asked.map(({ role, weights }, i) => [role, { bytes: bytes[i], weights }]));
  } catch (error) {
    for (const { weights } of asked) weights.release();
    throw error;
  }
}
