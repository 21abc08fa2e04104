/**
 * Lets pages of other origins call, where the configuration names them; without, no answer says anything of other origins.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { cors as honoCors } from "hono/cors";

/** A day, in seconds: browsers keep a preflight's answer so long at most two hours anyway. */
const MAX_AGE_SECONDS = 86_400;

/** Headers of ours that a page may read. */
const EXPOSED = [
  "X-Request-Id",
  "Retry-After",
  "Cache-Status",
  "ETag",
  "X-Model",
  "X-Model-Variant",
  "X-Model-Sha256",
  "X-Model-Engine",
];

/** @param origins exact origins, or `*` alone */
export function cors(origins: readonly string[]): MiddlewareHandler {
  return honoCors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "HEAD", "POST"],
    allowHeaders: ["Content-Type", "Authorization", "X-Api-Key", "X-Request-Id"],
    exposeHeaders: EXPOSED,
    maxAge: MAX_AGE_SECONDS,
  });
}
