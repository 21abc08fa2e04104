/**
 * For what is read by GET and changes with a deployment only: the caller may keep it, and asks whether it still holds.
 *
 * `ETag` is strong and made from the content. A GET whose `If-None-Match` names it is answered 304 (RFC 9110 §13.1.2). What is posted has no such thing: a validator belongs to
 * the representation of the address that was asked (§8.8), and `/v1/classify` has none; preconditions are passed over where a method selects no representation (§13.2.1).
 *
 * @module
 */
import { every } from "hono/combine";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context.ts";

/** Before each use it is asked for anew (RFC 9111 §5.2.2.4); where a key is needed, no shared cache keeps it (§5.2.2.7). */
const keep = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.res.ok || (c.req.method !== "GET" && c.req.method !== "HEAD")) return;
  const { apiKeys, publicReads } = c.get("services").config;
  c.header("Cache-Control", apiKeys.length > 0 && !publicReads ? "private, no-cache" : "no-cache");
});

/** See the module. */
export const revalidate = every(
  etag({
    generateDigest: (body) => crypto.subtle.digest("SHA-256", new Uint8Array(body)),
    // A page of another origin that revalidates may see the answer, too.
    retainedHeaders: [...RETAINED_304_HEADERS, "access-control-allow-origin"],
  }),
  keep,
);
