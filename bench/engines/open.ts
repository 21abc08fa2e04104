/**
 * Opens what an engine supports.
 *
 * @module
 */
import type { RunningWorker } from "../harness/worker.ts";
import type { Choice, Opened } from "./protocol.ts";

/** An engine's refusal of a graph, as the Worker passes it on. */
const UNSUPPORTED = /EngineError: (.* is not supported)/;

/** What opening came to. A refusal is told in the report, and the others are measured all the same. */
export type Opening = ({ readonly ok: true } & Opened) | { readonly ok: false; readonly reason: string };

/** @throws {Error} where it fails for any other reason than a graph that the engine does not run */
export async function openSupported(worker: RunningWorker, choice: Choice): Promise<Opening> {
  try {
    return { ok: true, ...(await worker.call<Opened>("open", choice)) };
  } catch (error) {
    const reason = UNSUPPORTED.exec((error as Error).message)?.[1];
    if (reason === undefined) throw error;
    return { ok: false, reason };
  }
}
