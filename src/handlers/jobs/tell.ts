/**
 * The second half of a job: tells its callback, and minds what receivers have said before. 410 disables an address; 429, 502, 504 and
 * `Retry-After` hold back all jobs for the same endpoint, not only the one that was answered so (Standard Webhooks asks to throttle the endpoint).
 *
 * @module
 */
import type { Config } from "../../config.ts";
import { type DeliveryOptions, deliver } from "./deliver.ts";
import { delayOf, holdDelay } from "./schedule.ts";
import type { JobStore } from "./store.ts";

/** Longest time that an endpoint is not called, in seconds: a day. */
const MAX_HOLD_SECONDS = 86_400;

/** What is told, to whom. */
export interface Notice {
  readonly callback: string;
  /** The same for every delivery of one event. */
  readonly id: string;
  readonly payload: string;
  /** How often it has been tried, this time included. */
  readonly attempts: number;
}

/** What came of it. */
export type Told =
  | { readonly outcome: "delivered" | "disabled" }
  /** Not called: the endpoint has asked for time. */
  | { readonly outcome: "held"; readonly seconds: number }
  | { readonly outcome: "refused"; readonly detail: string }
  | { readonly outcome: "failed"; readonly detail: string; readonly seconds: number };

/** @throws {Problem} `storage-failure` */
export async function tell(
  { callback, id, payload, attempts }: Notice,
  callbackHosts: readonly string[],
  { config, store }: { readonly config: Config; readonly store: JobStore },
): Promise<Told> {
  const [disabled, held] = await Promise.all([store.isDisabled(callback), store.readHold(callback)]);
  if (disabled) return { outcome: "disabled" };
  const wait = held === undefined ? 0 : (held.until - Date.now()) / 1000;
  if (wait > 0) return { outcome: "held", seconds: holdDelay(wait) };

  const { callbackSecrets: secrets, callbackTimeoutMs: timeoutMs, retryDelays } = config.webhooks;
  const { allowHttp } = config.fetch;
  const options: DeliveryOptions = { allowHttp, hosts: callbackHosts, secrets, timeoutMs };
  const delivery = await deliver(callback, id, payload, options);
  switch (delivery.outcome) {
    case "delivered":
      if (held !== undefined) await store.setHold(callback, undefined);
      return delivery;
    case "refused":
      return delivery;
    case "gone":
      await store.setDisabled(callback, true);
      return { outcome: "disabled" };
    case "failed": {
      const { detail, slow, retryAfterSeconds = 0 } = delivery;
      const asksForTime = slow || retryAfterSeconds > 0;
      const seconds = delayOf(retryDelays, attempts, asksForTime);
      if (asksForTime) {
        // Each job begins its own schedule anew; the endpoint's waits grow until it takes one.
        const longer = 2 * (held?.seconds ?? 0);
        const hold = Math.min(MAX_HOLD_SECONDS, Math.max(seconds, retryAfterSeconds, longer));
        await store.setHold(callback, { until: Date.now() + hold * 1000, seconds: hold });
      }
      return { outcome: "failed", detail, seconds };
    }
  }
}
