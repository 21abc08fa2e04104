/**
 * Writes one JSON line a request: what was asked, what came of it. Never image bytes, never a header's value.
 *
 * @module
 */
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { AppContext, AppEnv } from "../context.ts";

/** Takes a finished line. `console.log` in a Worker: Workers Logs index JSON. */
export type LogSink = (line: string) => void;

/** See the module. Durations are those of the wall clock, which stands still while code runs in production. */
export function log(sink: LogSink) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const start = Date.now();
    c.set("log", {});
    await next();
    count(c, Date.now() - start);
    sink(
      JSON.stringify({
        time: new Date(start).toISOString(),
        request_id: c.get("requestId"),
        method: c.req.method,
        route: routePath(c, -1),
        status: c.res.status,
        duration_ms: Date.now() - start,
        ...c.get("log"),
      }),
    );
  });
}

/** One data point a request for Workers Analytics Engine, where it is bound: it neither waits nor fails. */
function count(c: AppContext, duration: number): void {
  const { models = [], image, outcome = "ok", caller } = c.get("log");
  const [model] = models;
  c.env?.ANALYTICS?.writeDataPoint({
    indexes: [model?.model ?? "none"],
    blobs: [
      routePath(c, -1),
      outcome,
      model?.variant ?? "",
      model?.engine ?? "",
      model?.state ?? "",
      image?.format ?? "",
      caller ?? "",
    ],
    doubles: [c.res.status, duration, image?.bytes ?? 0, image?.width ?? 0, image?.height ?? 0],
  });
}
