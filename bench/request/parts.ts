/**
 * What a request's time goes to, from the `Server-Timing` of many.
 *
 * @module
 */
import { median } from "../harness/statistics.ts";

/** A request that was timed. */
export interface TimedRequest {
  /** Milliseconds, seen from outside. */
  readonly ms: number;
  readonly serverTiming: string | null;
}

/**
 * Milliseconds of each part of a request, by the names that src/handlers/stopwatch.ts gives them.
 *
 * workerd's clock counts whole milliseconds, so single figures say little, and means of many are right. Only the faster half counts, judged from
 * outside: in the slower one other processes had their turn, and while nothing else has, time that passes is time that the processor works.
 *
 * @throws {Error} where a request was not timed
 */
export function partsOf(requests: readonly TimedRequest[]): ReadonlyMap<string, number> {
  const middle = median(requests.map(({ ms }) => ms));
  const calm = requests.filter(({ ms }) => ms <= middle);
  const parts = new Map<string, number>();
  for (const { serverTiming } of calm) {
    const entries = [...(serverTiming ?? "").matchAll(/(\w+);dur=([\d.]+)/g)];
    if (entries.length === 0) throw new Error("A request was answered without Server-Timing.");
    for (const [, part = "", ms] of entries) {
      parts.set(part, (parts.get(part) ?? 0) + Number(ms) / calm.length);
    }
  }
  return parts;
}
