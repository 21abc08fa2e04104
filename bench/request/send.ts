/**
 * Sends one request many times.
 *
 * @module
 */
import type { RunningWorker } from "../harness/worker.ts";
import type { TimedRequest } from "./parts.ts";

/** A request, and the status that its answer has. */
export interface Question {
  readonly route: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly status: number;
}

/** One after the other. @throws {Error} on another status */
export async function send(
  { origin }: RunningWorker,
  { route, body, status }: Question,
  count: number,
): Promise<TimedRequest[]> {
  const url = new URL(route, origin);
  const requests: TimedRequest[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const response = await fetch(url, { method: "POST", body });
    const text = await response.text();
    const ms = performance.now() - start;
    if (response.status !== status) throw new Error(`${route}: ${text}`);
    requests.push({ ms, serverTiming: response.headers.get("server-timing") });
  }
  return requests;
}
