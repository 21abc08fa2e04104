/**
 * Delivers a result to its callback, signed by Standard Webhooks. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @module
 */
import { checkUrl, type UrlPolicy, UrlRefusedError } from "../fetch-image/check-url.ts";

/** How callbacks are delivered. */
export interface DeliveryOptions extends UrlPolicy {
  /** All sign, so that a receiver can change from one to the next. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
}

/** What came of a delivery. */
export type Delivery =
  | { readonly outcome: "delivered" }
  /** 410: the receiver wants no more. */
  | { readonly outcome: "gone" }
  /** @param slow whether the receiver asks for more time between deliveries */
  | {
      readonly outcome: "failed";
      readonly detail: string;
      readonly slow: boolean;
      readonly retryAfterSeconds?: number | undefined;
    }
  /** The address is not one that is called. */
  | { readonly outcome: "refused"; readonly detail: string };

/** Statuses by which a receiver says that it has too much to do. */
const SLOW_DOWN: ReadonlySet<number> = new Set([429, 502, 504]);

/** Sends one callback. @param id the same for every delivery of one event */
export async function deliver(
  url: string,
  id: string,
  payload: string,
  options: DeliveryOptions,
): Promise<Delivery> {
  let target: URL;
  try {
    target = checkUrl(url, options);
  } catch (error) {
    if (!(error instanceof UrlRefusedError)) throw error;
    return { outcome: "refused", detail: error.message };
  }
  let response: Response;
  try {
    response = await fetch(target, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(await sign(id, payload, options.secrets)) },
      body: payload,
      redirect: "manual",
      signal: AbortSignal.timeout(options.timeoutMs),
    });
  } catch {
    return { outcome: "failed", detail: "The callback could not be reached in time.", slow: false };
  }
  void response.body?.cancel().catch(() => undefined);
  const { status } = response;
  if (response.ok) return { outcome: "delivered" };
  if (status === 410) return { outcome: "gone" };
  const retryAfterSeconds = readRetryAfter(response.headers.get("retry-after"));
  return {
    outcome: "failed",
    detail: `The callback answered ${status}.`,
    slow: SLOW_DOWN.has(status),
    retryAfterSeconds,
  };
}

async function sign(
  id: string,
  payload: string,
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const { Webhook } = await import("standardwebhooks");
  const now = new Date();
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, now, payload)).join(" "),
  };
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}
