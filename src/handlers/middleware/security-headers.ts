/**
 * Headers that keep a browser from making more of an answer than it is: JSON and pictures, nothing to run, nothing to embed.
 *
 * @module
 */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context.ts";

const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Strict-Transport-Security": "max-age=31536000",
  // What is about somebody's picture stays with who asked; what may be kept says so itself.
  "Cache-Control": "no-store",
} as const;

/** See the module. A handler that serves a page sets its own Content-Security-Policy. */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) c.header(name, value);
  }
});
