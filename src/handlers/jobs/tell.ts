/**
 * The second half of a job: tells its callback, and minds what receivers have said before. 410 disables an address; 429, 502 and 504 hold back all
 * jobs for the same endpoint, not only the one that was answered so (Standard Webhooks, "Retry schedule" and "Status codes").
 *
 * @module
 */
import type { Config } from "../../config.ts";
import { type DeliveryOptions, deliver } from "./deliver.ts";
import { delayOf, spreadDelay } from "./schedule.ts";
import type { JobStore } from "./store.ts";

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
  const [disabled, heldUntil] = await Promise.all([store.isDisabled(callback), store.heldUntil(callback)]);
  if (disabled) return { outcome: "disabled" };
  const hold = (heldUntil - Date.now()) / 1000;
  if (hold > 0) return { outcome: "held", seconds: spreadDelay(hold) };

  const { callbackSecrets: secrets, callbackTimeoutMs: timeoutMs, retryDelays } = config.webhooks;
  const { allowHttp } = config.fetch;
  const options: DeliveryOptions = { allowHttp, hosts: callbackHosts, secrets, timeoutMs };
  const delivery = await deliver(callback, id, payload, options);
  switch (delivery.outcome) {
    case "delivered":
    case "refused":
      return delivery;
    case "gone":
      await store.setDisabled(callback, true);
      return { outcome: "disabled" };
    case "failed": {
      const { detail, slow, retryAfterSeconds } = delivery;
      const seconds = delayOf(retryDelays, attempts, { slow, seconds: retryAfterSeconds });
      if (slow) await store.hold(callback, new Date(Date.now() + seconds * 1000));
      return { outcome: "failed", detail, seconds };
    }
  }
}
