/**
 * Tells callers and the log what a request's time went to (https://www.w3.org/TR/server-timing/). Only for where the configuration says so: deployed, clocks stand
 * still while code runs, and a time is nobody else's business.
 *
 * @module
 */
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "../context.ts";
import { createStopwatch, PARTS } from "../stopwatch.ts";

/** A microsecond. */
const DIGITS = 3;

/** See the module. Requests that run no model have no parts, and get no header. */
export const serverTiming = createMiddleware<AppEnv>(async (c, next) => {
  const stopwatch = createStopwatch();
  c.set("stopwatch", stopwatch);
  await next();
  if (PARTS.every((part) => stopwatch.ms[part] === 0)) return;
  const rounded = PARTS.map((part) => [part, Number(stopwatch.ms[part].toFixed(DIGITS))] as const);
  c.get("log").timings_ms = Object.fromEntries(rounded);
  c.header("Server-Timing", rounded.map(([part, ms]) => `${part};dur=${ms}`).join(", "));
});
