/**
 * Bounds how often one address and one API key may call, by the Workers rate-limit bindings where they are bound. They count at each location for
 * itself, and say yes or no.
 *
 * @module
 */

import { createMiddleware } from "hono/factory";
import ipaddr from "ipaddr.js";
import { within } from "../../runtime/within.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { problem } from "../problem.ts";
import { isTrusted } from "../trusted.ts";

/** The longest period that the binding knows, in seconds: after it, whoever was refused is let in. */
const PERIOD_SECONDS = 60;

/** Its counters are at hand (https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/): one that takes a second is out of order. */
const LIMITER_TIMEOUT_MS = 1000;

/** What `wrangler dev` says of its own machine. Deployed, no caller has such an address: Cloudflare sets the header. */
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/;

/** Counts addresses: before the key is looked at, so that keys cannot be guessed fast. */
export const limitAddress = createMiddleware<AppEnv>(async (c, next) => {
  const address = c.req.header("cf-connecting-ip");
  if (address !== undefined && !LOOPBACK.test(address) && !isTrusted(c.env)) {
    await count(c, c.env.ADDRESS_LIMIT, addressKey(address), "address");
  }
  await next();
});

/** Counts API keys, by their names. */
export const limitKey = createMiddleware<AppEnv>(async (c, next) => {
  const { caller } = c.get("log");
  if (caller !== undefined) await count(c, c.env.KEY_LIMIT, caller, "API key");
  await next();
});

async function count(c: AppContext, limiter: RateLimit | undefined, key: string, what: string) {
  if (limiter === undefined) return;
  const { success } = await within(limiter.limit({ key }), LIMITER_TIMEOUT_MS).catch((error: unknown) => {
    // A limiter that fails or hangs must not shut the service: it is a guard of the house, not its foundation.
    c.get("log").limiter = error instanceof Error ? error.message : "failed";
    return { success: true };
  });
  if (success) return;
  throw problem("rate-limited", `This ${what} has called too often; try again in ${PERIOD_SECONDS} s.`, {
    headers: { "Retry-After": String(PERIOD_SECONDS) },
  });
}

/** An IPv6 customer has a network of 64 bits (RFC 6177): all its addresses are one caller. */
function addressKey(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  return ipaddr.IPv6.parse(address).parts.slice(0, 4).join(":");
}
