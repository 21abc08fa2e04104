/**
 * Gives every request an id: the caller's own `X-Request-Id` where it is harmless, or a new one. It is on the response and on the log line.
 *
 * @module
 */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context.ts";

const HARMLESS = /^[A-Za-z0-9._-]{1,64}$/;

/** See the module. */
export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header("x-request-id");
  const id = given !== undefined && HARMLESS.test(given) ? given : crypto.randomUUID();
  c.set("requestId", id);
  await next();
  c.header("X-Request-Id", id);
});
